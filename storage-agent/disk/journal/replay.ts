// After a crash: what the journal acknowledged is on the disk again before the device is served.
// A file that differs from its record was torn by the crash, since a record is only written for a
// fid that has no file yet. Safe to run twice: the journal is cleared after the files are durable.
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Fid } from '#shared/ids.ts'
import { codeOf } from '../failures.ts'
import { FILE_MODE, fileOf, TEMP_DIR } from '../layout.ts'
import { type Half, writeAll } from './half.ts'
import { generationOf, type JournalRecord, readRecords } from './records.ts'
import { settleFiles } from './settle.ts'

/** The number of files that had to be written again. */
export function replay(root: string, halves: readonly Half[]): number {
  const kept = lastRecords(halves.map((half) => half.content()))
  const stored = [...kept.values()].filter(({ kind }) => kind === 'store')
  const lost = stored.filter(({ fid, body }) => !holds(root + fileOf(fid), body))
  for (const { fid, body } of lost) restore(root, fileOf(fid), body)
  settleFiles(root, new Set(stored.map(({ fid }) => fileOf(fid))))
  for (const half of halves) half.clear()
  return lost.length
}

/** Of each fid the record that was written last: one that was forgotten since is not restored. */
function lastRecords(halves: readonly Buffer[]): ReadonlyMap<Fid, JournalRecord> {
  const last = new Map<Fid, JournalRecord>()
  const inOrder = halves.toSorted((a, b) => (generationOf(a) ?? 0) - (generationOf(b) ?? 0))
  for (const half of inOrder)
    for (const record of readRecords(half)) if (record.kind !== 'void') last.set(record.fid, record)
  return last
}

export function holds(path: string, body: Uint8Array): boolean {
  try {
    return readFileSync(path).equals(body)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

function restore(root: string, file: string, body: Uint8Array): void {
  const temp = `${root}/${TEMP_DIR}/replay`
  rmSync(temp, { force: true })
  const fd = openSync(temp, 'wx', FILE_MODE)
  try {
    writeAll(fd, body, 0)
  } finally {
    closeSync(fd)
  }
  mkdirSync(dirname(root + file), { recursive: true })
  renameSync(temp, root + file)
}
