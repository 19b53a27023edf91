// How long a look at a disk rests after a piece of work.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restMsAfter } from '#agent/pace.ts'

const idle = { utilization: 0, clientIdleMs: 60_000 }
const unbounded = { bytesPerS: null, filesPerS: null }
const work = { files: 1, bytes: 1_000, tookMs: 10 }

test('without a pace, and without clients, nothing rests', () => {
  assert.equal(restMsAfter(work, unbounded, idle), 0)
  assert.equal(restMsAfter(work, unbounded, { utilization: 1, clientIdleMs: 60_000 }), 0)
})

test('the slower of two paces counts, less what the work took', () => {
  assert.equal(restMsAfter(work, { bytesPerS: 10_000, filesPerS: null }, idle), 90)
  assert.equal(restMsAfter(work, { bytesPerS: 10_000, filesPerS: 2 }, idle), 490)
  assert.equal(restMsAfter(work, { bytesPerS: 1e9, filesPerS: 1e6 }, idle), 0)
})

test('while clients want a busy disk, nine tenths of its time are theirs', () => {
  const wanted = { utilization: 0.9, clientIdleMs: 10 }
  assert.equal(restMsAfter(work, unbounded, wanted), 90)
  assert.equal(restMsAfter(work, { bytesPerS: 1_000, filesPerS: null }, wanted), 990)
  assert.equal(restMsAfter(work, unbounded, { utilization: 0.5, clientIdleMs: 10 }), 0)
  assert.equal(restMsAfter(work, unbounded, { utilization: null, clientIdleMs: 10 }), 0)
})
