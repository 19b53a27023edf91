// The soak of `npm run soak`, for twenty seconds: a mixed load while nodes die and stand still. And
// that its verdict is worth something: what is lost, grows or stays behind makes it a bad one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localCluster } from '#test/support/local-cluster.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { seededRandom } from '../placement/device.ts'
import { growthOf } from './growth.ts'
import { judge } from './report.ts'
import type { Sample } from './samples.ts'
import { soak } from './soak.ts'
import { newTally, SoakWorker } from './worker.ts'

test('in twenty seconds of load and killed nodes nothing is lost', async (t) => {
  const settings = { uploadMs: 5_000, downAfterMs: 2_000, leaseMs: 5_000 }
  await using cluster = await localCluster({ settings })
  const soaked = await soak(cluster, { seconds: 20, clients: 2, everyS: 6, seed: 7 })
  const { lines, faults } = judge(soaked)
  for (const line of lines) t.diagnostic(line)
  assert.deepEqual(faults, [])
  assert.ok(soaked.kills > 0 && soaked.stops > 0)
  for (const took of Object.values(soaked.tally.took)) assert.ok(took.length > 0)
})

test('what is taken or changed behind its back is lost', async () => {
  await using cluster = await localCluster({ hosts: 1, devicesPerHost: 1 })
  const { files } = cluster
  const tally = newTally()
  const worker = new SoakWorker(files, 'soak', seededRandom(1), tally)
  const over = new AbortController()
  const working = worker.workUntil(over.signal)
  const listed = async () => (await files.list({ prefix: 'soak/' }).next()).value?.files ?? []
  await untilTrue(async () => (await listed()).length >= 4, 'some files are there')
  over.abort()
  await working
  await worker.check()
  assert.deepEqual(tally.lost, [])

  const [first, second, third] = await listed()
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await files.delete(first.key)
  await files.put(second.key, 'of somebody else')
  await worker.check()
  assert.equal(tally.lost.length, 2)
  assert.match(tally.lost.join('\n'), /nothing, not/)
})

const sample = (atS: number, { memoryMb = 100, descriptors = 100, job = 0 }): Sample => ({
  atS,
  processes: [{ name: 'agent a', pid: 1, memoryMb, descriptors }],
  rows: { job },
  databaseMb: 10,
})

const soaked = (samples: Sample[], change: Partial<ReturnType<typeof newTally>> = {}) =>
  judge({ tally: { ...newTally(), ...change }, samples, kills: 0, stops: 0, seconds: 1 }).faults

const minutes = (take: (n: number) => Sample) => Array.from({ length: 120 }, (_, n) => take(n))

test('what grows would be found, and what only warms up is forgiven', () => {
  const leaking = minutes((n) => sample(5 * n, { descriptors: 100 + n, memoryMb: 100 + n / 2 }))
  const [memory, descriptors] = growthOf(leaking)
  assert.deepEqual([memory?.before, memory?.after], [130, 155])
  assert.deepEqual([descriptors?.before, descriptors?.after], [160, 210])
  assert.deepEqual(soaked(leaking), ['it grows: agent a: descriptors 160, in the end 210'])
  const warming = minutes((n) => sample(5 * n, { memoryMb: Math.min(300, 100 + 20 * n) }))
  assert.deepEqual(soaked(warming), [])
})

test('what is lost, not explained, too much or left behind would be found', () => {
  const well = [sample(0, {}), sample(5, { job: 500 }), sample(10, {})]
  assert.deepEqual(soaked(well), [])
  assert.equal(soaked(well, { lost: ['a/1: nothing, not x'] }).length, 1)
  assert.equal(soaked(well, { unsettled: ['bytes that nobody knows'] }).length, 1)
  assert.deepEqual(soaked(well, { errors: new Map([['read no_readable_replica', 9]]) }), [])
  assert.deepEqual(soaked(well, { errors: new Map([['read internal', 1]]) }), [
    'not explained: read internal, 1 times',
  ])
  assert.deepEqual(soaked([...well, sample(15, { job: 3 })]), ['3 rows of job wait in the end'])
  assert.deepEqual(soaked([sample(0, { job: 20_001 }), ...well]), ['20001 jobs at once'])
})
