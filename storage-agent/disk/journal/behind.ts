// A file system that takes no writes cannot have its journal replayed. Whether that matters is
// found by reading: what a crash tore must not be served as what was acknowledged.
import { readFile } from 'node:fs/promises'
import { codeOf } from '../failures.ts'
import { halfPaths } from './half-files.ts'
import { holds } from './holds.ts'
import { storedFiles } from './replay.ts'

/** Whether the journal holds files that are not on the disk as it has them. */
export async function isBehind(root: string): Promise<boolean> {
  const contents = await Promise.all(halfPaths(root).map((path) => contentOf(path)))
  for (const { file, body } of storedFiles(contents))
    if (!(await holds(root + file, body))) return true
  return false
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
