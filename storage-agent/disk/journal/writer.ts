// The work of a journal's thread: a batch becomes durable by one write, then its files are created.
// All of it synchronous: nobody else waits for this thread, and each call that goes by libuv's pool
// costs several times as much.
import { existsSync, unlinkSync } from 'node:fs'
import { createFile } from '../create-file.ts'
import { codeOf } from '../failures.ts'
import { failureOf } from '../threads/failure.ts'
import type { Halves } from './halves.ts'
import { holdsSync } from './holds.ts'
import type { Answer, Batch, Opening, Outcome } from './messages.ts'
import { encodeRecords, type LaidRecord, type RecordKind, recordsOf, stamp } from './records.ts'

/** A record that was held against the disk: what it is written as, and the answer then. */
interface Judged extends LaidRecord {
  file: string
  becomes: RecordKind
  outcome: Outcome
}

const nothing = new Uint8Array()

class JournalFull extends Error {}

export class Writer {
  readonly #root: string
  readonly #fileMode: number
  readonly #halves: Halves

  constructor({ root, fileMode }: Omit<Opening, 'halves'>, halves: Halves) {
    this.#root = root
    this.#fileMode = fileMode
    this.#halves = halves
  }

  /** An answer for each record. Never throws. */
  write({ bytes, files }: Batch): readonly Answer[] {
    const batch = Buffer.from(bytes)
    const records = recordsOf(batch)
    try {
      const judged = records.map((record, index) => this.#judge(record, files[index] ?? ''))
      this.#append(batch, judged)
      return judged.map((each) => this.#create(each))
    } catch (error) {
      // a disk without room for more of the journal may have some for the file itself
      const isFull = error instanceof JournalFull || codeOf(error) === 'ENOSPC'
      const answer = isFull ? 'full' : failureOf(error)
      return records.map(() => answer)
    }
  }

  /** A record is only written for a fid that has no file yet, or this very one (see replay.ts). */
  #judge(record: LaidRecord, file: string): Judged {
    const { kind, fid, body } = record
    if (kind !== 'store') {
      const becomes = this.#halves.hold(fid) ? 'forget' : 'void'
      return { ...record, file, becomes, outcome: 'kept' }
    }
    const path = this.#root + file
    if (!existsSync(path)) return { ...record, file, becomes: 'store', outcome: 'stored' }
    return holdsSync(path, body)
      ? { ...record, file, becomes: 'store', outcome: 'kept' } // it may be younger than its fsync
      : { ...record, file, becomes: 'void', outcome: 'other_bytes' }
  }

  #append(batch: Buffer, records: readonly Judged[]): void {
    if (records.every(({ becomes }) => becomes === 'void')) return
    const half = this.#halves.halfFor(batch.length)
    if (half === undefined) throw new JournalFull()
    for (const { offset, becomes } of records) stamp(batch, offset, becomes, half.generation)
    half.append(batch)
    for (const { becomes, fid, file } of records)
      if (becomes === 'store') half.files.set(fid, file)
      else if (becomes === 'forget') this.#halves.forgot(fid)
  }

  #create({ outcome, fid, file, body }: Judged): Answer {
    if (outcome !== 'stored') return outcome
    try {
      createFile(this.#root + file, body, this.#fileMode)
      return outcome
    } catch (error) {
      this.#takeBack(fid, file)
      return failureOf(error)
    }
  }

  /**
   * The client is refused, most likely for want of room: a replay must not bring the file back. One
   * that stays where it is keeps its record, which will make it whole.
   */
  #takeBack(fid: number, file: string): void {
    if (!isRemoved(this.#root + file)) return
    const forget = { kind: 'forget', fid, digest: nothing, body: nothing } as const
    this.write({ bytes: encodeRecords([forget]).buffer, files: [file] })
  }
}

function isRemoved(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    const code = codeOf(error)
    return code === 'ENOENT' || code === 'ENOTDIR'
  }
}
