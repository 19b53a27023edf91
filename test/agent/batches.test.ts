// How much of a body is written at once: as much as is quick, and less where many come together.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchBytesFor } from '#agent/disk/batch-writer.ts'
import { ALL_BATCHES_BYTES, MIN_WRITE_BATCH_BYTES, WRITE_BATCH_BYTES } from '#agent/limits.ts'

test('sixteen bodies at once are written as one is; more of them share the memory', () => {
  for (const few of [1, 4, 16]) assert.equal(batchBytesFor(few), WRITE_BATCH_BYTES)
  for (const many of [17, 100, 256]) assert.ok(batchBytesFor(many) * many <= ALL_BATCHES_BYTES)
  assert.equal(batchBytesFor(100_000), MIN_WRITE_BATCH_BYTES)
})
