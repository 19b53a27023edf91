// Losing disks: a dead device's files are found and healed without a command, and no row is
// forgotten that says where the last bytes were.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '#shared/ids.ts'
import { REAP_LAP_MS, SWEEP_WINDOW } from '#shared/limits.ts'
import { reapDevice } from '#tracker/db/shortfalls.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSound, placesIn, placesOnDisks } from './invariants.ts'
import { seedFiles } from './seed.ts'

const firstDevices = (world: World): DeviceId[] => world.hosts.flatMap(({ deviceIds }) => deviceIds)

/** A dead disk holds nothing any more. */
async function kill(world: World, deviceId: DeviceId): Promise<void> {
  world.hostOf(deviceId).disk(deviceId).clear()
  await world.mark('devices', deviceId, 'dead')
}

test('the files of a dead device get their copies elsewhere, window after window', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second, third] = firstDevices(world)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await seedFiles(world, SWEEP_WINDOW + 150, [first, second])
  await kill(world, first)
  await world.settle()
  await assertSound(world)
  const files = await world.sql<{ fid: number }>('select fid from file')
  const wanted = files.flatMap(({ fid }) => [`${fid} on ${second}`, `${fid} on ${third}`])
  assert.deepEqual(await placesIn(world, 'replica'), new Set(wanted))
  assert.deepEqual(placesOnDisks(world), new Set(wanted))
})

test('a file is short before its copy is forgotten, in every window', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second] = firstDevices(world)
  assert.ok(first !== undefined && second !== undefined)
  const fids = await seedFiles(world, 25, [first, second])
  await kill(world, first)
  for (const forgotten of [10, 20, 25, 25]) {
    await world.tracker().db.all(reapDevice({ limit: 10, maxBacklog: 100, lapMs: REAP_LAP_MS }))
    const left = await placesIn(world, 'replica', `device_id = ${first}`)
    assert.equal(left.size, 25 - forgotten)
    const short = await world.sql('select fid, reason, priority from shortfall order by fid')
    const expected = fids.slice(0, forgotten).map((fid) => ({
      fid,
      reason: 'a copy was on a dead device',
      priority: 0,
    }))
    assert.deepEqual(short, expected)
  }
})

test('the row of a last copy stays, on a dead device too', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second] = firstDevices(world)
  assert.ok(first !== undefined && second !== undefined)
  const [alone] = await seedFiles(world, 1, [first])
  await kill(world, first)
  await world.settle()
  await assertSound(world)
  assert.deepEqual(await placesIn(world, 'replica'), new Set([`${alone} on ${first}`]))
  const [short] = await world.sql('select reason from shortfall')
  assert.deepEqual(short, { reason: 'no copy can be read' })
})

test('a file that loses all its devices keeps all rows, whoever sweeps', async () => {
  await using world = await trackerWorld({ hosts: 3, trackers: 2 })
  const [first, second] = firstDevices(world)
  assert.ok(first !== undefined && second !== undefined)
  await seedFiles(world, 50, [first, second])
  await kill(world, first)
  await kill(world, second)
  await Promise.all([world.sweep(0), world.sweep(1)])
  await world.settle()
  await assertSound(world)
  assert.equal((await world.sql('select from replica')).length, 100)
})

test('a file that was deleted while its device died is forgotten, its last row too', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { deviceId } = await world.put('a', 'a', { class: 'thumb' })
  await kill(world, deviceId)
  await world.call('DELETE', '/v1/domains/demo/files/a')
  await world.settle()
  for (const table of ['replica', 'job', 'shortfall', 'tombstone'])
    assert.deepEqual(await world.sql(`select * from ${table}`), [], table)
})

test('what a straggler records on a dead device is met by the next lap', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second, third] = firstDevices(world)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  const [fid] = await seedFiles(world, 5, [second, third])
  await world.mark('devices', first, 'dead')
  await world.settle()
  await world.sql('insert into replica values ($1, $2)', fid, first)
  await world.settle()
  const onDead = () => placesIn(world, 'replica', `device_id = ${first}`)
  assert.equal((await onDead()).size, 1, 'not in this lap')

  await world.sql('update device set reap_at = now()')
  await world.settle()
  assert.equal((await onDead()).size, 0)
  assert.equal((await placesIn(world, 'replica')).size, 10)
})

test('copies that were on their way to a dead device are made elsewhere', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await world.put('a')
  const [job] = await world.sql<{ device_id: DeviceId }>('select device_id from job')
  assert.ok(job !== undefined)
  await kill(world, job.device_id)
  await world.settle()
  await assertSound(world)
  const places = await placesIn(world, 'replica')
  assert.equal(places.size, 2)
  assert.ok(!places.has(`1 on ${job.device_id}`))
})

test('a dead device never comes back, and can be marked dead again', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [deviceId] = firstDevices(world)
  assert.ok(deviceId !== undefined)
  await world.mark('devices', deviceId, 'dead')
  const path = `/v1/admin/devices/${deviceId}`
  for (const state of ['alive', 'drain', 'readonly', 'down'])
    assert.equal((await world.call('PATCH', path, { json: { state } })).code, 'state_too_high')
  for (const json of [{ state: 'dead' }, { weight: 5 }])
    assert.equal((await world.call('PATCH', path, { json })).status, 200)
})
