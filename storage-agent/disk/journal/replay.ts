// After a crash: what the journal acknowledged is on the disk again before the device is served.
// A file that differs from its record was torn by the crash, since a record is only written for a
// fid that has no file yet. Safe to run twice: the journal is cleared after the files are durable.
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Fid } from '#shared/ids.ts'
import { codeOf, isDamage } from '../failures.ts'
import { FILE_MODE, fileOf, TEMP_DIR } from '../layout.ts'
import type { Half } from './half.ts'
import { generationOf, type JournalRecord, readRecords } from './records.ts'
import { settleFiles } from './settle.ts'

/** The number of files that had to be written again. */
export async function replay(root: string, halves: readonly Half[]): Promise<number> {
  const contents = await Promise.all(halves.map((half) => half.content()))
  const stored = storedRecords(contents)
  let restored = 0
  for (const { fid, body } of stored) {
    if (await holds(root + fileOf(fid), body)) continue
    await restore(root, fileOf(fid), body)
    restored++
  }
  await settleFiles(
    root,
    stored.map(({ fid }) => fileOf(fid)),
  )
  for (const half of halves) await half.clear()
  return restored
}

/** What the halves say is stored. */
export const storedRecords = (halves: readonly Buffer[]): JournalRecord[] =>
  [...lastRecords(halves).values()].filter(({ kind }) => kind === 'store')

/** Of each fid the record that was written last: one that was forgotten since is not restored. */
function lastRecords(halves: readonly Buffer[]): ReadonlyMap<Fid, JournalRecord> {
  const last = new Map<Fid, JournalRecord>()
  const inOrder = halves.toSorted((a, b) => (generationOf(a) ?? 0) - (generationOf(b) ?? 0))
  for (const half of inOrder)
    for (const record of readRecords(half)) if (record.kind !== 'void') last.set(record.fid, record)
  return last
}

/** What cannot be read is as good as not there: one bad sector must not cost the whole device. */
export async function holds(path: string, body: Uint8Array): Promise<boolean> {
  try {
    const { size } = await stat(path)
    if (size !== body.length) return false // and may be too large to be read at once
    const found = await readFile(path)
    return found.equals(body)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || isDamage(error)) return false
    throw error
  }
}

async function restore(root: string, file: string, body: Uint8Array): Promise<void> {
  const temp = `${root}/${TEMP_DIR}/replay`
  await writeFile(temp, body, { mode: FILE_MODE })
  await mkdir(dirname(root + file), { recursive: true })
  await rename(temp, root + file)
}
