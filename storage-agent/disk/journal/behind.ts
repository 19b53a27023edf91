// A file system that takes no writes cannot have its journal replayed. Whether that matters is
// found by reading: what a crash tore must not be served as what was acknowledged.
import { readFile } from 'node:fs/promises'
import { codeOf } from '../failures.ts'
import { fileOf, JOURNAL_DIR } from '../layout.ts'
import { holds, storedRecords } from './replay.ts'

/** Whether the journal holds files that are not on the disk as it has them. */
export async function isBehind(root: string): Promise<boolean> {
  const contents = await Promise.all(['1', '2'].map((name) => contentOf(root, name)))
  for (const { fid, body } of storedRecords(contents))
    if (!(await holds(root + fileOf(fid), body))) return true
  return false
}

async function contentOf(root: string, name: string): Promise<Buffer> {
  try {
    return await readFile(`${root}/${JOURNAL_DIR}/${name}`)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
