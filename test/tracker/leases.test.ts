// The queue between trackers and agents: leases by the database's clock, attempts as fences (I6),
// reports that may come twice (I5).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LeasedJob } from '#shared/wire/agents.ts'
import type { StorageHost } from '../support/storage-host.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, placesIn } from './invariants.ts'

interface Ordered {
  /** Where the copy is to be made. */
  host: StorageHost
  fid: number
}

/** Stores a file; its second copy is ordered and not begun. */
async function orderCopy(world: World): Promise<Ordered> {
  const { fid } = await world.put('a')
  const [job] = await world.sql<{ device_id: number }>('select device_id from job')
  assert.ok(job !== undefined)
  return { host: world.hostOf(job.device_id), fid }
}

function onlyOne(jobs: readonly LeasedJob[]): LeasedJob {
  const [job, ...others] = jobs
  assert.ok(job !== undefined && others.length === 0, `${jobs.length} jobs`)
  return job
}

const runOut = (world: World) => world.sql(`update job set leased_until = now() - interval '1 s'`)

test('a leased job is not offered again while its lease runs', async () => {
  await using world = await trackerWorld()
  const { host } = await orderCopy(world)
  assert.equal(onlyOne(await host.take()).attempt, 1)
  assert.deepEqual(await host.take(), [])
})

test('a lease that ran out goes to the next sync, fenced by a higher attempt', async () => {
  await using world = await trackerWorld()
  const { host } = await orderCopy(world)
  const first = onlyOne(await host.take())
  await runOut(world)
  const second = onlyOne(await host.take())
  assert.deepEqual([second.jobId, second.attempt], [first.jobId, 2])

  const before = await placesIn(world, 'replica')
  await host.done(first)
  await host.failed('hopeless', first)
  await host.sync({ renew: [{ jobId: first.jobId, attempt: first.attempt }] })
  assert.deepEqual(await placesIn(world, 'replica'), before)
  assert.deepEqual(await world.sql('select attempt, failures from job'), [
    { attempt: 2, failures: 0 },
  ])

  host.disk(second.deviceId).add(second.fid)
  await host.done(second)
  await assertSettled(world)
})

test('a report that is late but was not overtaken still counts', async () => {
  await using world = await trackerWorld()
  const { host } = await orderCopy(world)
  const job = onlyOne(await host.take())
  await runOut(world)
  host.disk(job.deviceId).add(job.fid)
  await host.done(job)
  await assertSettled(world)
})

test('a report that comes twice, or twice in one sync, has the effect of one', async () => {
  await using world = await trackerWorld()
  const { host } = await orderCopy(world)
  const job = onlyOne(await host.take())
  host.disk(job.deviceId).add(job.fid)
  await host.done(job, job)
  await host.done(job)
  await assertSettled(world)
})

test('a renewed lease runs longer, and only for its current holder', async () => {
  await using world = await trackerWorld()
  await world.set({ leaseMs: 1_000 })
  const { host } = await orderCopy(world)
  const { jobId, attempt } = onlyOne(await host.take())
  await world.set({ leaseMs: 3_600_000 })
  await host.sync({ renew: [{ jobId, attempt: attempt + 1 }] })
  const leftMs = async () => {
    const [row] = await world.sql<{ ms: string }>(
      'select extract(epoch from leased_until - now()) * 1000 as ms from job',
    )
    return Number(row?.ms)
  }
  assert.ok((await leftMs()) <= 1_000, 'not for another attempt')
  await host.sync({ renew: [{ jobId, attempt }] })
  assert.ok((await leftMs()) > 3_000_000)
})

test('a host reports for its own jobs alone', async () => {
  await using world = await trackerWorld()
  const { host } = await orderCopy(world)
  const job = onlyOne(await host.take())
  const stranger = world.hosts.find((each) => each !== host)
  const before = await world.sql('select * from job')
  await stranger?.done(job)
  await stranger?.failed('retry', job)
  assert.deepEqual(await world.sql('select * from job'), before)
  assert.equal((await world.sql('select from replica')).length, 1)
})

test('what failed waits before it is tried again, each time longer, with its reason', async () => {
  await using world = await trackerWorld()
  const { host } = await orderCopy(world)
  for (const [failures, waitS] of [
    [1, 15],
    [2, 60],
    [3, 300],
  ] as const) {
    await host.failed('retry', onlyOne(await host.take()))
    const [row] = await world.sql<{ failures: number; reason: string; wait: string }>(
      'select failures, reason, extract(epoch from run_at - now()) as wait from job',
    )
    assert.deepEqual([row?.failures, row?.reason], [failures, 'because of a test'])
    const wait = Number(row?.wait)
    assert.ok(wait > 0.75 * waitS && wait < 1.25 * waitS, `${wait} s`)
    assert.deepEqual(await host.take(), [])
    await world.sql('update job set run_at = now()')
  }
})

test('a failure that is reported again and again counts once', async () => {
  await using world = await trackerWorld()
  const { host } = await orderCopy(world)
  const job = onlyOne(await host.take())
  await host.failed('retry', job)
  const counted = await world.sql('select failures, run_at from job')
  for (let n = 0; n < 3; n++) await host.failed('retry', job)
  assert.deepEqual(await world.sql('select failures, run_at from job'), counted)
})

test('a copy that is hopeless on its device is made on another one', async () => {
  for (let round = 0; round < 6; round++) {
    await using world = await trackerWorld({ hosts: 3 })
    const { host } = await orderCopy(world)
    const { deviceId } = onlyOne(await host.take())
    await host.failed('hopeless', { jobId: (await onlyJob(world)).job_id, attempt: 1 })
    await world.sweep()
    await world.sweep()
    const copies = await placesIn(world, 'job', `kind = 'replicate'`)
    assert.equal(copies.size, 1)
    assert.ok(!copies.has(`1 on ${deviceId}`), 'not there again')
    await world.settle()
    await assertSettled(world)
  }
})

const onlyJob = async (world: World) => {
  const [job] = await world.sql<{ job_id: LeasedJob['jobId'] }>('select job_id from job')
  assert.ok(job !== undefined)
  return job
}

test('a copy that failed five times is made on another device', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const { host } = await orderCopy(world)
  for (let failures = 0; failures < 5; failures++) {
    await host.failed('retry', onlyOne(await host.take()))
    await world.sql('update job set run_at = now()')
  }
  await world.sweep()
  await world.sweep()
  const [copy] = await world.sql<{ host_id: number }>(
    `select host_id from job where kind = 'replicate'`,
  )
  assert.ok(copy !== undefined && copy.host_id !== host.hostId)
})

test('syncs of one host at once never lease the same job twice', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  await world.sql(
    `insert into job (host_id, kind, fid, device_id, priority)
      select 1, 'delete', n, $1, 3 from generate_series(1, 300) as n`,
    deviceId,
  )
  const syncs = await Promise.all(Array.from({ length: 40 }, () => world.host(0).take(10)))
  const leased = syncs.flat()
  assert.equal(new Set(leased.map(({ jobId }) => jobId)).size, leased.length)
  assert.ok(leased.every(({ attempt }) => attempt === 1))
  const left = await world.sql('select from job where leased_until is null')
  assert.equal(leased.length + left.length, 300)
})

test('an agent that starts anew gets at once what its earlier process had leased', async () => {
  await using world = await trackerWorld()
  const { host } = await orderCopy(world)
  const first = onlyOne(await host.take())
  await host.sync({ started: true })
  const second = onlyOne(await host.take())
  assert.deepEqual([second.jobId, second.attempt], [first.jobId, 2])
})
