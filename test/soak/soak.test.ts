// The soak of `npm run soak`, for twenty seconds: a mixed load while nodes die and stand still.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localCluster } from '#test/support/local-cluster.ts'
import { judge } from './report.ts'
import { growthOf, type Sample } from './samples.ts'
import { soak } from './soak.ts'
import { newTally } from './worker.ts'

test('in twenty seconds of load and killed nodes nothing is lost', async (t) => {
  const settings = { uploadMs: 5_000, downAfterMs: 2_000, leaseMs: 5_000 }
  await using cluster = await localCluster({ settings })
  const soaked = await soak(cluster, { seconds: 20, clients: 2, everyS: 6, seed: 7 })
  const { lines, faults } = judge(soaked)
  for (const line of lines) t.diagnostic(line)
  assert.deepEqual(faults, [])
  assert.ok(soaked.kills + soaked.stops >= 2)
  for (const took of Object.values(soaked.tally.took)) assert.ok(took.length > 0)
})

const sample = (atS: number, descriptors: number): Sample => ({
  atS,
  processes: [{ name: 'agent a', pid: 1, rssMb: 100, descriptors }],
  rows: {},
})

test('what grows would be found', () => {
  const growing = Array.from({ length: 40 }, (_, n) => sample(n, 100 + 20 * n))
  const [memory, descriptors] = growthOf(growing)
  assert.deepEqual([memory?.before, memory?.after], [100, 100])
  assert.ok((descriptors?.after ?? 0) > 1.5 * (descriptors?.before ?? 0))
  const tally = { ...newTally(), lost: ['a/1: nothing, not x'] }
  const { faults } = judge({ tally, samples: growing, kills: 0, stops: 0, seconds: 1 })
  assert.equal(faults.length, 2)
})
