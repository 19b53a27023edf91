// Files short of their policy: found by one query with the reason, planned anew when something
// changes, and never parked silently.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Stats } from '#shared/wire/admin.ts'
import { recordPlan, takeShortfalls } from '#tracker/db/shortfalls.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, placesIn } from './invariants.ts'
import { seedFiles } from './seed.ts'

const reasons = async (world: World) =>
  (await world.ask(Stats, 'GET', '/v1/admin/stats')).shortfalls

const dueNow = (world: World) => world.sql('update shortfall set try_at = now()')

test('a file that no host can take waits with its reason, and heals when one comes', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('a')
  await world.put('b')
  assert.deepEqual(await reasons(world), [{ reason: 'too few hosts were offered', files: 2 }])
  await world.sweep()
  assert.deepEqual(await reasons(world), [{ reason: 'no device can take a copy', files: 2 }])
  assert.deepEqual(await world.sql('select from job'), [])

  await world.addHost()
  await world.settle()
  assert.deepEqual(await world.sql('select from job'), [], 'they wait for their time')
  await dueNow(world)
  await world.settle()
  await assertSettled(world)
})

test('what cannot be helped is looked at again later and later', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('a')
  for (const waitS of [15, 60, 300, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 86_400]) {
    await dueNow(world)
    await world.sweep()
    const [row] = await world.sql<{ wait: string }>(
      'select extract(epoch from try_at - now()) as wait from shortfall',
    )
    const wait = Number(row?.wait)
    assert.ok(wait > 0.75 * waitS && wait < 1.25 * waitS, `${wait} s, not about ${waitS}`)
  }
})

test('copies that share a host wait for another one, and then move apart', async () => {
  await using world = await trackerWorld({ hosts: 2, devicesPerHost: 2 })
  const [first, second] = world.host(0).deviceIds
  assert.ok(first !== undefined && second !== undefined)
  await seedFiles(world, 1, [first, second])
  for (const deviceId of world.host(1).deviceIds)
    await world.measure(deviceId, { condition: 'full' })
  await world.sql(`insert into shortfall (fid, reason) select fid, 'a test' from file`)
  await world.sweep()
  const [short] = await reasons(world)
  assert.equal(short?.reason, 'no device can take a copy')

  for (const deviceId of world.host(1).deviceIds) await world.measure(deviceId, { condition: 'ok' })
  await dueNow(world)
  await world.settle()
  const hosts = await world.sql(
    'select distinct host_id from replica join device using (device_id)',
  )
  assert.equal(hosts.length, 2)
})

test('a file without a readable copy says so, and goes on when its disk is back', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first] = world.host(0).deviceIds
  assert.ok(first !== undefined)
  await seedFiles(world, 1, [first])
  await world.mark('devices', first, 'down')
  await world.sql(`insert into shortfall (fid, reason) select fid, 'a test' from file`)
  await world.sweep()
  assert.deepEqual(await reasons(world), [{ reason: 'no copy can be read', files: 1 }])

  await world.mark('devices', first, 'alive')
  await dueNow(world)
  await world.settle()
  await assertSettled(world)
})

test('the last copies are made first', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined)
  await world.sql(`update class set copies = 3 where name = 'default'`)
  const twice = await seedFiles(world, 5, [first, second])
  await world.sql(`update file set key = 'x' || key`)
  const once = await seedFiles(world, 5, [first])
  await world.sql(`insert into shortfall (fid, reason) select fid, 'a test' from file`)
  await world.sweep()
  const jobs = await world.host(2).take()
  assert.deepEqual(new Set(jobs.slice(0, 5).map(({ fid }) => fid)), new Set(once))
  assert.deepEqual(new Set(jobs.slice(5).map(({ fid }) => fid)), new Set(twice))
})

test('a shortfall of a file that is gone is forgotten', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('a')
  await world.sql('delete from file')
  await world.sweep()
  assert.deepEqual(await world.sql('select from shortfall'), [])
})

test('a plan that was made before something changed settles nothing', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { fid } = await world.put('a')
  const { db } = world.tracker()
  const [taken] = await db.all(takeShortfalls(10, 10))
  assert.equal(taken?.fid, fid)
  await world.call('PATCH', '/v1/domains/demo/files/a', { json: { class: 'thumb' } })
  const { version } = taken
  await db.all(recordPlan([], [{ fid, version }], []))
  await db.all(recordPlan([], [], [{ fid, version, reason: 'outdated' }]))
  assert.deepEqual(await reasons(world), [{ reason: 'too few hosts were offered', files: 1 }])
  await world.settle()
  await assertSettled(world)
})

test('a shortfall that one tracker plans is not taken by another one', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  await seedFiles(world, 200, [deviceId])
  await world.sql(`insert into shortfall (fid, reason) select fid, 'a test' from file`)
  const taken = await Promise.all(
    Array.from({ length: 20 }, (_, n) => world.tracker(n % 2).db.all(takeShortfalls(20, 10))),
  )
  const fids = taken.flat().map(({ fid }) => fid)
  assert.equal(new Set(fids).size, fids.length)
  assert.ok(fids.length > 20)
})

test('while many copies are on their way, no more are ordered', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const [first, second] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined)
  await seedFiles(world, 30, [first])
  await world.sql(`insert into shortfall (fid, reason) select fid, 'a test' from file`)
  const { db } = world.tracker()
  const due = await db.all(takeShortfalls(10, 10))
  await db.all(
    recordPlan(
      due.map(({ fid }) => ({ fid, deviceId: second, priority: 0 })),
      due,
      [],
    ),
  )
  assert.equal((await placesIn(world, 'job')).size, 10)
  assert.deepEqual(await db.all(takeShortfalls(10, 10)), [])
  await world.work()
  assert.equal((await db.all(takeShortfalls(10, 10))).length, 10)
})
