// Jobs of one device and those of its neighbours on the same host: what waits for a disk that is
// out of service, or slow, keeps no other disk from being worked on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_HELD_JOBS } from '#agent/limits.ts'
import type { DeviceId } from '#shared/ids.ts'
import { MAX_JOBS_PER_DEVICE, MAX_JOBS_PER_SYNC } from '#shared/limits.ts'
import type { DeviceCondition } from '#shared/states.ts'
import type { LeasedJob } from '#shared/wire/agents.ts'
import { dropCopies } from '#tracker/db/drops.ts'
import { eraseTombstones } from '#tracker/db/tombstones.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf } from './at-once.ts'
import { assertSettled, placesIn } from './invariants.ts'
import { seedFiles } from './seed.ts'

async function twoDisks() {
  const world = await trackerWorld({ hosts: 2, devicesPerHost: 2 })
  const [failed, good] = world.host(0).deviceIds
  const [other] = world.host(1).deviceIds
  assert.ok(failed !== undefined && good !== undefined && other !== undefined)
  return { world, failed, good, other, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() }
}

/** Erasings of bytes that nobody names. */
const fill = (world: World, deviceId: DeviceId, jobs: number, fromFid = 1_000_000) =>
  world.sql(
    `insert into job (host_id, kind, fid, device_id, priority)
      select host_id, 'delete', $2::bigint + n, device_id, 3
      from device, generate_series(1, $3::int) as n where device_id = $1`,
    deviceId,
    fromFid,
    jobs,
  )

test('20,000 erasings for a disk that failed keep its neighbour from nothing', async () => {
  for (const condition of ['fenced', 'readonly'] satisfies DeviceCondition[]) {
    await using its = await twoDisks()
    const { world, failed, good, other } = its
    const host = world.host(0)
    await fill(world, failed, 20_000)
    await world.measure(failed, { condition })
    const fids = await seedFiles(world, 30, [good, other])
    await world.sql('delete from file where fid = any($1)', fids.slice(0, 10))
    await world.tracker().db.all(eraseTombstones(100, MAX_JOBS_PER_DEVICE))
    assert.equal((await placesIn(world, 'replica', `device_id = ${good}`)).size, 20)
    const drops = fids.slice(10, 20).map((fid) => ({ fid, deviceId: good, keep: [other] }))
    assert.equal((await world.tracker().db.all(dropCopies(drops))).length, 10)

    const taken = await host.take(200)
    assert.deepEqual(new Set(taken.map(({ deviceId }) => deviceId)), new Set([good]), condition)
    assert.equal(taken.length, 20)
    await world.measure(failed, { condition: 'ok' })
    assert.ok((await host.take(200)).length >= 100, 'it goes on where it was')
  }
})

test('erasings beyond the fill of a failed disk wait for it, and are not forgotten', async () => {
  await using its = await twoDisks()
  const { world, failed, good } = its
  await fill(world, failed, 15)
  await world.measure(failed, { condition: 'fenced' })
  await seedFiles(world, 10, [failed, good])
  await world.sql('delete from file')
  const erase = () => world.tracker().db.all(eraseTombstones(100, 15))
  await erase()
  assert.equal((await placesIn(world, 'replica', `device_id = ${good}`)).size, 0)
  assert.equal((await placesIn(world, 'replica', `device_id = ${failed}`)).size, 10)

  await world.measure(failed, { condition: 'ok' })
  await world.sql('delete from job where fid >= 1000000')
  await world.sql(`update tombstone set held_at = now() - interval '2 minutes'`)
  await world.settle()
  await assertSettled(world)
})

test('a copy that waits for a disk that failed is made elsewhere', async () => {
  for (const condition of ['fenced', 'readonly'] satisfies DeviceCondition[]) {
    await using world = await trackerWorld({ hosts: 3 })
    const { fid } = await world.put('a')
    const [job] = await world.sql<{ device_id: DeviceId }>('select device_id from job')
    assert.ok(job !== undefined)
    await world.measure(job.device_id, { condition })
    assert.deepEqual(await world.hostOf(job.device_id).take(), [], condition)
    world.look()
    await world.settle()
    const copies = await placesIn(world, 'replica', `fid = ${fid}`)
    assert.equal(copies.size, 2)
    assert.ok(!copies.has(`${fid} on ${job.device_id}`), condition)
  }
})

const leaseOf = ({ jobId, attempt }: LeasedJob) => ({ jobId, attempt })

const isOf = (deviceId: DeviceId) => (job: LeasedJob) => job.deviceId === deviceId

test('a slow disk holds no more than its share of what an agent takes', async () => {
  await using its = await twoDisks()
  const { world, failed: slow, good } = its
  const host = world.host(0)
  await fill(world, slow, 1_000)
  await fill(world, good, 1_000, 2_000_000)
  const held = new Map<LeasedJob['jobId'], LeasedJob>()
  for (let round = 0; round < 6; round++) {
    const done = [...held.values()].filter(isOf(good))
    for (const { jobId } of done) held.delete(jobId)
    const want = Math.min(MAX_HELD_JOBS - held.size, MAX_JOBS_PER_SYNC)
    const renew = [...held.values()].map(leaseOf)
    const { jobs } = await host.sync({ done: done.map(leaseOf), renew, want })
    for (const job of jobs) held.set(job.jobId, job)
    assert.ok(jobs.some(isOf(good)), `nothing for the quick one in round ${round}`)
  }
})

test('no job is leased twice where one host asks two trackers at once', async () => {
  await using world = await trackerWorld({ hosts: 1, devicesPerHost: 3, trackers: 2 })
  const host = world.host(0)
  for (const [n, deviceId] of host.deviceIds.entries())
    await fill(world, deviceId, 200, (n + 1) * 1_000_000)
  for (let round = 0; round < 10; round++) {
    const taken = await allOf([host.take(30), host.take(30), host.take(30)])
    const ids = taken.flat().map(({ jobId }) => jobId)
    assert.equal(new Set(ids).size, ids.length, `round ${round}`)
  }
  assert.equal((await world.sql('select from job where attempt > 1')).length, 0)
})
