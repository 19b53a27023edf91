// How gentle background work is: at which pace bytes pass, and when it steps back for clients.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Flow } from '#agent/flow.ts'
import { bytesPerS, defaultPace, isWanted, jobsAtOnce, restMsAfter } from '#agent/pace.ts'
import { Settings, workPace } from '#shared/settings.ts'
import { testClock } from '#test/support/test-clock.ts'

const idle = { utilization: 0.95, clientIdleMs: 60_000, waitMs: 500 }
const busy = { utilization: 0.95, clientIdleMs: 10, waitMs: 1 }
const slow = { utilization: null, clientIdleMs: 10, waitMs: 500 }
const quick = { utilization: 0.1, clientIdleMs: 10, waitMs: 1 }

test('clients wait for a device that is busy or slow, and nobody for one that they let be', () => {
  assert.deepEqual(
    [idle, busy, slow, quick].map((traffic) => isWanted(traffic, defaultPace)),
    [false, true, true, false],
  )
  const patient = workPace(Settings.parse({ busyPercent: 99, slowMs: 1_000 }))
  assert.ok(![busy, slow].some((traffic) => isWanted(traffic, patient)))
})

test('while clients wait, fewer jobs run, at a lower pace', () => {
  assert.ok(jobsAtOnce(busy, defaultPace) < jobsAtOnce(quick, defaultPace))
  const one = workPace(Settings.parse({ jobsPerDevice: 1 }))
  assert.deepEqual([jobsAtOnce(busy, one), jobsAtOnce(quick, one)], [1, 1])

  const pace = workPace(Settings.parse({ copyReadBytesPerS: 1e9, yieldBytesPerS: 5e6 }))
  assert.equal(bytesPerS(pace.readBytesPerS, quick, pace), 1e9)
  assert.equal(bytesPerS(pace.readBytesPerS, slow, pace), 5e6)
  assert.equal(bytesPerS(pace.writeBytesPerS, quick, pace), Number.POSITIVE_INFINITY)
  const rude = workPace(Settings.parse({ yieldBytesPerS: 0 }))
  assert.equal(bytesPerS(0, slow, rude), Number.POSITIVE_INFINITY)
  assert.equal(jobsAtOnce(slow, rude), rude.jobsPerDevice)
})

const unbounded = { bytesPerS: null, filesPerS: null }
const work = { files: 1, bytes: 1_000, tookMs: 10 }

test('without a pace, and without clients, a look never rests', () => {
  assert.equal(restMsAfter(work, unbounded, false), 0)
})

test('the slower of two paces counts, less what the work took', () => {
  assert.equal(restMsAfter(work, { bytesPerS: 10_000, filesPerS: null }, false), 90)
  assert.equal(restMsAfter(work, { bytesPerS: 10_000, filesPerS: 2 }, false), 490)
  assert.equal(restMsAfter(work, { bytesPerS: 1e9, filesPerS: 1e6 }, false), 0)
})

test('while clients want the device, nine tenths of its time are theirs', () => {
  assert.equal(restMsAfter(work, unbounded, true), 90)
  assert.equal(restMsAfter(work, { bytesPerS: 1_000, filesPerS: null }, true), 990)
})

test('what passes a flow keeps its rate, whoever passes', async () => {
  const clock = testClock()
  const startMs = clock.nowMs()
  let rate = 1_000_000
  const flow = new Flow(clock, () => rate)
  let passed = 0
  const passer = async () => {
    for (let n = 0; n < 10; n++) {
      await flow.pass(100_000)
      passed += 100_000
    }
  }
  const all = Promise.all([passer(), passer(), passer()])
  const isPassing = () => passed < 3_000_000
  while (isPassing()) {
    await clock.sleepers(1)
    clock.advance(10)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await all
  const tookS = (clock.nowMs() - startMs) / 1_000
  assert.ok(tookS > 2.5 && tookS < 3.5, `3 MB at 1 MB/s took ${tookS} s`)
  assert.equal(flow.bytes, 3_000_000)
  assert.ok(flow.heldMs > 2_000)
  rate = Number.POSITIVE_INFINITY
  assert.equal(flow.pass(1e12), undefined, 'without a limit nothing is held')
})

test('who is held by a flow goes on when the limit is lifted, or when we stop', async () => {
  const clock = testClock()
  let rate = 100_000
  const flow = new Flow(clock, () => rate)
  const held = flow.pass(1e9)
  await clock.sleepers(1)
  rate = Number.POSITIVE_INFINITY
  clock.advance(1_000)
  await held

  rate = 100_000
  const stopping = new AbortController()
  const stopped = flow.pass(1e9, stopping.signal)
  await clock.sleepers(1)
  stopping.abort()
  await stopped
})
