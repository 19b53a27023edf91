// The journal's records as bytes: what a torn write leaves is not taken for what was acknowledged.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { encodeRecords, type RecordKind, readRecords, stamp } from '#agent/disk/journal/records.ts'
import { Fid } from '#shared/ids.ts'

const BLOCK = 4_096

/** A batch as the journal writes it: stamped with its generation, padded to whole blocks. */
function batchOf(generation: number, entries: [kind: RecordKind, fid: number, body: string][]) {
  const records = entries.map(([kind, fid, text]) => {
    const body = Buffer.from(text)
    const digest = createHash('sha256').update(body).digest()
    return { kind, fid: Fid.parse(fid), body, digest }
  })
  const batch = encodeRecords(records)
  let offset = 0
  for (const { kind, body } of records) {
    stamp(batch, offset, kind, generation)
    offset += 64 + body.length
  }
  return Buffer.concat([batch, Buffer.alloc((BLOCK - (batch.length % BLOCK)) % BLOCK)])
}

const read = (half: Buffer) =>
  Array.from(readRecords(half), ({ kind, fid, body }) => [kind, fid, body.toString()])

const first = batchOf(3, [
  ['store', 1, 'one'],
  ['void', 2, 'two'],
  ['forget', 3, ''],
])
const second = batchOf(3, [['store', 9_007_199_254_740_991, 'x'.repeat(BLOCK)]])

test('what was written is read, in its order', () => {
  assert.deepEqual(read(Buffer.concat([first, second, Buffer.alloc(BLOCK)])), [
    ['store', 1, 'one'],
    ['void', 2, 'two'],
    ['forget', 3, ''],
    ['store', 9_007_199_254_740_991, 'x'.repeat(BLOCK)],
  ])
})

test('an empty half, and one of noise, hold nothing', () => {
  assert.deepEqual(read(Buffer.alloc(0)), [])
  assert.deepEqual(read(Buffer.alloc(10 * BLOCK)), [])
  assert.deepEqual(read(randomBytes(10 * BLOCK)), [])
})

test('a torn batch ends the half, wherever it was torn', () => {
  for (let torn = 0; torn < second.length; torn += 512) {
    const half = Buffer.concat([
      first,
      second.subarray(0, torn),
      Buffer.alloc(second.length - torn),
    ])
    assert.ok(read(half).length <= 4)
    assert.deepEqual(read(half).slice(0, 3), read(first))
    if (torn < 64 + BLOCK) assert.equal(read(half).length, 3, `torn at ${torn}`)
  }
})

test('what an earlier lap left behind the newest batch is not read', () => {
  const older = batchOf(1, [['store', 8, 'old']])
  const half = Buffer.concat([first, older])
  assert.deepEqual(read(half), read(first))
  const inTheSameBlock = Buffer.concat([first.subarray(0, 256), older.subarray(0, 256)])
  assert.deepEqual(read(inTheSameBlock), read(first))
})
