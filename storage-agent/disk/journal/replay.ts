// After a crash: what the journal acknowledged is on the disk again before the device is served.
// A file that differs from its record was torn by the crash, since a record is only written for a
// fid that has no file yet. Safe to run twice: the journal is cleared after the files are durable.
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Fid } from '#shared/ids.ts'
import { FILE_MODE, fileOf, TEMP_DIR } from '../layout.ts'
import { HalfFiles } from './half-files.ts'
import { holds } from './holds.ts'
import { generationOf, type JournalRecord, readRecords } from './records.ts'
import { settleFiles } from './settle.ts'

/** The number of files that had to be written again. The journal is empty when it resolves. */
export async function replay(root: string): Promise<number> {
  await using halves = await HalfFiles.open(root)
  const stored = storedFiles(await halves.contents())
  let restored = 0
  for (const { file, body } of stored) {
    if (await holds(root + file, body)) continue
    await restore(root, file, body)
    restored++
  }
  await settleFiles(
    root,
    stored.map(({ file }) => file),
  )
  await halves.clear()
  return restored
}

export interface StoredBody {
  /** Below the device's root. */
  file: string
  body: Uint8Array
}

/** What the halves say is stored. */
export const storedFiles = (halves: readonly Buffer[]): StoredBody[] =>
  [...lastRecords(halves).values()]
    .filter(({ kind }) => kind === 'store')
    .map(({ fid, body }) => ({ file: fileOf(Fid.parse(fid)), body }))

/** Of each fid the record that was written last: one that was forgotten since is not restored. */
function lastRecords(halves: readonly Buffer[]): ReadonlyMap<number, JournalRecord> {
  const last = new Map<number, JournalRecord>()
  const inOrder = halves.toSorted((a, b) => (generationOf(a) ?? 0) - (generationOf(b) ?? 0))
  for (const half of inOrder)
    for (const record of readRecords(half)) if (record.kind !== 'void') last.set(record.fid, record)
  return last
}

async function restore(root: string, file: string, body: Uint8Array): Promise<void> {
  const temp = `${root}/${TEMP_DIR}/replay`
  await writeFile(temp, body, { mode: FILE_MODE })
  await mkdir(dirname(root + file), { recursive: true })
  await rename(temp, root + file)
}
