// A class's policy decides where its files go: at the open, and by the sweep that orders copies.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_SHORTFALL_BACKLOG } from '#shared/limits.ts'
import { bytesComing, takeShortfalls } from '#tracker/db/shortfalls.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSound, placesIn } from './invariants.ts'
import { seedFiles } from './seed.ts'

const policy = (world: World, text: string) =>
  world.sql(`update class set policy = $1 where name = 'default'`, text)

/** Hosts 1 to 3 are near, the others far. */
async function giveZones(world: World): Promise<void> {
  await world.sql(`update host set zone = case when host_id <= 3 then 'near' else 'far' end`)
  world.look()
}

const zonesOf = async (world: World, fid: number) => {
  const rows = await world.sql<{ zone: string }>(
    `select zone from replica join device using (device_id) join host using (host_id)
      where fid = $1 order by zone`,
    fid,
  )
  return rows.map(({ zone }) => zone)
}

test('so many copies in this zone, so many in that one', async () => {
  await using world = await trackerWorld({ hosts: 5 })
  await giveZones(world)
  await policy(world, 'HostsPerNetwork(near=2,far=1)')
  world.look()
  for (let n = 0; n < 8; n++) {
    const upload = await world.open(`file-${n}`)
    const hosts = upload.targets.map(({ deviceId }) => world.hostOf(deviceId).hostId)
    assert.deepEqual(hosts.map((id) => (id <= 3 ? 'near' : 'far')).toSorted(), [
      'far',
      'near',
      'near',
    ])
    const { fid } = world.write(upload, 'x', n % 3)
    await world.close(world.write(upload, 'x', n % 3))
    await world.settle()
    assert.deepEqual(await zonesOf(world, fid), ['far', 'near', 'near'])
  }
  await assertSound(world)
  assert.deepEqual(await world.sql('select from shortfall'), [])
})

test('a number in the policy overrides that of the class', async () => {
  await using world = await trackerWorld({ hosts: 4 })
  await policy(world, 'MultipleHosts(4)')
  world.look()
  const upload = await world.open('a')
  assert.equal(upload.targets.length, 4)
  const { fid } = world.write(upload, 'a')
  await world.close(world.write(upload, 'a'))
  assert.equal((await placesIn(world, 'job', `fid = ${fid}`)).size, 3, 'ordered by the close')
})

test('zones by netmask spread copies over networks', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await policy(world, 'MultipleNetworks()')
  const hosts = (which: (n: number) => boolean) =>
    world.hosts.flatMap(({ url }, n) => (which(n) ? [`${new URL(url).hostname}/32`] : [])).join(',')
  await world.set({ networkZones: `one=${hosts((n) => n < 2)};two=${hosts((n) => n === 2)}` })
  for (const key of ['a', 'b', 'c']) {
    const { fid } = await world.put(key)
    await world.settle()
    const places = await placesIn(world, 'replica', `fid = ${fid}`)
    assert.ok(places.has(`${fid} on ${world.host(2).deviceIds[0]}`), 'the only one in zone two')
    assert.equal(places.size, 2)
  }
})

test('a disk is not promised more than it has room for', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second, third] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await seedFiles(world, 10, [first])
  await world.sql('update file set bytes = 1000')
  await world.set({ minFreeBytes: 0 })
  await world.measure(second, { bytesFree: 3_500 })
  await world.measure(third, { bytesFree: 2_500 })
  await world.sql(`insert into shortfall (fid, reason) select fid, 'a test' from file`)
  await world.sweep()
  const { db } = world.tracker()
  const coming = await db.all(bytesComing())
  assert.deepEqual(
    coming.toSorted((a, b) => a.deviceId - b.deviceId),
    [
      { deviceId: second, bytes: 3_000 },
      { deviceId: third, bytes: 2_000 },
    ],
  )
  const waiting = await world.sql('select distinct reason from shortfall')
  assert.deepEqual(waiting, [{ reason: 'no device can take a copy' }])
  await world.sql('update shortfall set try_at = now()')
  await world.sweep()
  assert.equal((await placesIn(world, 'job')).size, 5, 'nor in a later pass')
  assert.deepEqual(await db.all(takeShortfalls(10, MAX_SHORTFALL_BACKLOG)), [])
})
