// Healing without a command: what a change of a class or of the cluster means for files that are
// there is found from state, the endangered first, and brought to the policy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '#shared/ids.ts'
import { SWEEP_WINDOW } from '#shared/limits.ts'
import { nextReview } from '#tracker/db/review.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, assertSound, placesIn } from './invariants.ts'
import { seedFiles } from './seed.ts'

const devicesOf = (world: World): DeviceId[] => world.hosts.flatMap(({ deviceIds }) => deviceIds)

const copies = (world: World, count: number) =>
  world.sql(`update class set copies = $1 where name = 'default'`, count)

const shortfalls = (world: World) =>
  world.sql<{ fid: number; priority: number }>('select fid, priority from shortfall order by fid')

const walks = async (world: World) =>
  (await world.sql('select from review where next_fid is not null')).length

test('a class that wants more copies gets them for the files that are there', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await seedFiles(world, SWEEP_WINDOW + 200, devicesOf(world).slice(0, 2))
  await world.settle()
  assert.equal((await placesIn(world, 'replica')).size, 2 * SWEEP_WINDOW + 400)
  await copies(world, 3)
  await world.settle()
  await assertSettled(world)
})

test('a class that wants fewer copies loses what is too much, from the fullest disks', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [, second] = devicesOf(world)
  assert.ok(second !== undefined)
  await copies(world, 3)
  const fids = await seedFiles(world, 50, devicesOf(world))
  await world.settle()
  await world.measure(second, { bytesFree: 200_000_000 })
  await copies(world, 2)
  await world.settle()
  await assertSettled(world)
  assert.deepEqual(await placesIn(world, 'replica', `device_id = ${second}`), new Set())
  assert.equal((await placesIn(world, 'replica')).size, 2 * fids.length)
})

test('a new policy moves files to where it wants them', async () => {
  await using world = await trackerWorld({ hosts: 4 })
  await world.sql(`update host set zone = case when host_id <= 2 then 'near' else 'far' end`)
  await seedFiles(world, 20, devicesOf(world).slice(0, 2))
  await world.settle()
  await world.sql(`update class set policy = 'HostsPerNetwork(near=1,far=1)'`)
  await world.settle()
  await world.sql('update shortfall set try_at = now()') // the new copies are there by now
  await world.settle()
  const zones = await world.sql(
    `select zone, count(*)::int as copies from replica join device using (device_id)
      join host using (host_id) group by zone order by zone`,
  )
  assert.deepEqual(zones, [
    { zone: 'far', copies: 20 },
    { zone: 'near', copies: 20 },
  ])
  await assertSound(world)
})

test('hosts that are said to share a zone have their files spread over zones', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await world.sql(`update class set policy = 'MultipleNetworks()'`)
  await world.sql(`update host set zone = 'a'`)
  await seedFiles(world, 10, devicesOf(world).slice(0, 2))
  await world.settle()
  await world.sql(`update host set zone = 'b' where host_id = 3`)
  await world.settle()
  await world.sql('update shortfall set try_at = now()')
  await world.settle()
  const inB = await placesIn(world, 'replica', `device_id = ${devicesOf(world)[2]}`)
  assert.equal(inB.size, 10)
  assert.equal((await placesIn(world, 'replica')).size, 20)
})

test('a new host makes the spread possible that the policy wants', async () => {
  await using world = await trackerWorld({ hosts: 1, devicesPerHost: 2 })
  await seedFiles(world, 10, devicesOf(world))
  await world.settle()
  assert.deepEqual(await shortfalls(world), [], 'as good as it can be')
  await world.addHost()
  await world.settle()
  await world.sql('update shortfall set try_at = now()')
  await world.settle()
  await assertSettled(world)
})

test('files with one copy left are found first, then those whose copies share a zone', async () => {
  await using world = await trackerWorld({ hosts: 4 })
  const [first, second, third] = devicesOf(world)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await world.sql(`update host set zone = case when host_id <= 2 then 'a' else 'b' end`)
  const spread = await seedFiles(world, 3, [first, third])
  await world.sql(`update file set key = 'x' || key`)
  const oneZone = await seedFiles(world, 3, [first, second])
  await world.sql(`update file set key = 'y' || key`)
  const alone = await seedFiles(world, 3, [first])
  await copies(world, 4)
  await world.sql('delete from sweep where name in ($1, $2)', 'plan-copies', 'wake-shortfalls')
  await world.sweep()
  const found = await shortfalls(world)
  const urgencies = (fids: readonly number[]) =>
    found.filter(({ fid }) => fids.includes(fid)).map(({ priority }) => priority)
  assert.deepEqual(urgencies(alone), [0, 0, 0])
  assert.deepEqual(urgencies(oneZone), [2, 2, 2])
  assert.deepEqual(urgencies(spread), [3, 3, 3])
})

test('while much waits to be done, no more is looked for', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await seedFiles(world, 30, devicesOf(world).slice(0, 2))
  await copies(world, 3)
  const { db } = world.tracker()
  const [before] = await db.all(nextReview('shape', 10, 10))
  assert.equal(before?.isFull, false)
  await world.sql(`insert into shortfall (fid, reason) select fid, 'a test' from file limit 10`)
  assert.equal((await db.all(nextReview('shape', 10, 10)))[0]?.isFull, true)
  await world.sql(`update shortfall set try_at = 'infinity'`)
  assert.equal((await db.all(nextReview('shape', 10, 10)))[0]?.isFull, false, 'parked ones wait')
})

test('a failed disk, with all that waits for it, keeps no file from review', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first] = devicesOf(world)
  assert.ok(first !== undefined)
  const { db } = world.tracker()
  await world.sql(
    `insert into job (host_id, kind, fid, device_id, priority)
      select host_id, 'delete', n, device_id, 3
      from device, generate_series(1, 10) as n where device_id = $1`,
    first,
  )
  const isFull = async () => (await db.all(nextReview('shape', 10, 10)))[0]?.isFull
  assert.equal(await isFull(), true)
  await world.measure(first, { condition: 'fenced' })
  assert.equal(await isFull(), false)
})

test('with nothing to find, the ledger spares the walk', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await seedFiles(world, SWEEP_WINDOW * 3, devicesOf(world).slice(0, 2))
  await world.settle()
  await world.mark('devices', devicesOf(world)[2] ?? 0, 'readonly')
  world.look()
  await world.sweep()
  assert.equal(await walks(world), 0)
})

test('a file that was opened for the class as it was is met by another lap', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const upload = await world.open('late')
  await copies(world, 3)
  await world.settle()
  await world.close(world.write(upload, 'late'))
  await world.settle()
  assert.equal((await placesIn(world, 'replica')).size, 2)
  const [lap] = await world.sql<{ wait: number }>(
    `select extract(epoch from lap_at - changed_at)::int as wait from review
      join class using (class_id) where name = 'default'`,
  )
  assert.equal(lap?.wait, 3_600, 'when the last such upload has expired')
  await world.sql('update review set lap_at = now()')
  await world.settle()
  await assertSettled(world)
})

test('two trackers that review at once write what one would', async () => {
  await using world = await trackerWorld({ hosts: 4, trackers: 2 })
  await copies(world, 4)
  await seedFiles(world, 300, devicesOf(world))
  await world.settle()
  await copies(world, 2)
  world.look()
  for (let round = 0; round < 5; round++) await Promise.all([world.sweep(0), world.sweep(1)])
  await world.settle()
  await assertSettled(world)
})
