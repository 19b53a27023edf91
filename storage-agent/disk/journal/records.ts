// The journal's records, as bytes: pure. A record is a head of 64 bytes and a body; batches of them
// begin at block boundaries, because a block that holds acknowledged bytes is never written again.
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'

export const BLOCK_BYTES = 4_096
const HEAD_BYTES = 64
const MAGIC = 0x4d_4f_47_4a // MOGJ

/** `void` is a record that was taken back before it was written. */
const kinds = ['void', 'store', 'forget'] as const
export type RecordKind = (typeof kinds)[number]

export interface JournalRecord {
  kind: RecordKind
  fid: number
  /** SHA-256 of the body. */
  digest: Uint8Array
  body: Uint8Array
}

// magic 0, kind 4, generation 8, body length 12, fid 16, digest 24, crc of all that 56
const at = { kind: 4, generation: 8, length: 12, fid: 16, digest: 24, crc: 56 } as const

export const recordBytes = (bodyBytes: number): number => HEAD_BYTES + bodyBytes

export const toBlocks = (bytes: number): number => Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES

/** Lays the records one after another; who writes them completes their heads (`stamp`). */
export function encodeRecords(records: readonly JournalRecord[]): Buffer<ArrayBuffer> {
  const bytes = records.reduce((sum, { body }) => sum + recordBytes(body.length), 0)
  const batch = Buffer.from(new ArrayBuffer(bytes))
  let offset = 0
  for (const { kind, fid, digest, body } of records) {
    batch.writeUInt32LE(MAGIC, offset)
    batch.writeUInt32LE(kinds.indexOf(kind), offset + at.kind)
    batch.writeUInt32LE(body.length, offset + at.length)
    batch.writeDoubleLE(fid, offset + at.fid) // exact: a fid is a safe integer
    batch.set(digest, offset + at.digest)
    batch.set(body, offset + HEAD_BYTES)
    offset += recordBytes(body.length)
  }
  return batch
}

/** A record in a batch that has not been written yet. */
export interface LaidRecord {
  offset: number
  kind: RecordKind
  fid: number
  body: Buffer
}

/** Of a batch as `encodeRecords` made it. */
export function recordsOf(batch: Buffer): LaidRecord[] {
  const records: LaidRecord[] = []
  for (let offset = 0; offset < batch.length; ) {
    const { kind, fid, length } = headAt(batch, offset)
    records.push({ offset, kind, fid, body: bodyAt(batch, offset, length) })
    offset += recordBytes(length)
  }
  return records
}

/** Completes the head of the record at an offset. */
export function stamp(batch: Buffer, offset: number, kind: RecordKind, generation: number): void {
  batch.writeUInt32LE(kinds.indexOf(kind), offset + at.kind)
  batch.writeUInt32LE(generation, offset + at.generation)
  batch.writeUInt32LE(crc32(batch.subarray(offset, offset + at.crc)), offset + at.crc)
}

const bodyAt = (batch: Buffer, offset: number, bodyBytes: number): Buffer =>
  batch.subarray(offset + HEAD_BYTES, offset + HEAD_BYTES + bodyBytes)

/** The generation of the first record, or undefined where a half is empty. */
export const generationOf = (half: Buffer): number | undefined => readHead(half, 0)?.generation

/** The records of one half, in the order in which they were written, up to the first torn one. */
export function* readRecords(half: Buffer): Generator<JournalRecord> {
  const generation = generationOf(half)
  for (let offset = 0; offset + HEAD_BYTES <= half.length; ) {
    const head = readHead(half, offset)
    if (head !== undefined && head.generation === generation) {
      const body = bodyAt(half, offset, head.length)
      if (head.kind === 'store' && !hash('sha256', body, 'buffer').equals(head.digest)) return
      yield { kind: head.kind, fid: head.fid, digest: head.digest, body }
      offset += recordBytes(head.length)
    } else {
      // what a batch leaves of its last block is older; the next batch begins after it
      if (offset % BLOCK_BYTES === 0) return
      offset = toBlocks(offset)
    }
  }
}

interface Head {
  kind: RecordKind
  generation: number
  fid: number
  length: number
  digest: Uint8Array
}

/** As a disk may have it: undefined where it is torn, or something else. */
function readHead(half: Buffer, offset: number): Head | undefined {
  if (offset + HEAD_BYTES > half.length) return undefined
  if (half.readUInt32LE(offset) !== MAGIC) return undefined
  if (half.readUInt32LE(offset + at.crc) !== crc32(half.subarray(offset, offset + at.crc)))
    return undefined
  const isKnown = kinds[half.readUInt32LE(offset + at.kind)] !== undefined
  return isKnown ? headAt(half, offset) : undefined
}

function headAt(bytes: Buffer, offset: number): Head {
  return {
    kind: kinds[bytes.readUInt32LE(offset + at.kind)] ?? 'void',
    generation: bytes.readUInt32LE(offset + at.generation),
    length: bytes.readUInt32LE(offset + at.length),
    fid: bytes.readDoubleLE(offset + at.fid),
    digest: bytes.subarray(offset + at.digest, offset + at.crc),
  }
}
