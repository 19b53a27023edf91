// Emptying a disk: every copy gets another one first, what nothing can better stays with the
// reason, and the operator is told when nobody would miss the disk.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '#shared/ids.ts'
import { MAX_MOVES, SWEEP_WINDOW } from '#shared/limits.ts'
import { Decommission } from '#shared/wire/moving.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, assertSound, placesIn } from './invariants.ts'
import { seedFiles } from './seed.ts'

const devicesOf = (world: World): DeviceId[] => world.hosts.flatMap(({ deviceIds }) => deviceIds)

const urlOf = (what: string) => `/v1/admin/${what}/decommission`
const ask = (world: World, method: 'GET' | 'POST' | 'DELETE', what: string) =>
  world.ask(Decommission, method, urlOf(what))

/** Nobody's view is as old as the mark any more. */
const settleMarks = (world: World) =>
  world.sql(`update device set marked_at = now() - interval '1 hour'`)

test('a drained disk is emptied, window after window, and no file has fewer copies', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second] = devicesOf(world)
  assert.ok(first !== undefined && second !== undefined)
  const fids = await seedFiles(world, SWEEP_WINDOW + 100, [first, second])
  await world.mark('devices', first, 'drain')
  await world.settle()
  assert.deepEqual(await placesIn(world, 'replica', `device_id = ${first}`), new Set())
  assert.equal((await placesIn(world, 'replica')).size, 2 * fids.length)
  assert.equal(world.host(0).disk(first).size, 0)
  await assertSettled(world)
})

test('a copy stays until the other one lies on its disk', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second, third] = devicesOf(world)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  const [fid] = await seedFiles(world, 1, [first, second])
  await world.mark('devices', first, 'drain')
  await world.sweep()
  await world.sweep()
  assert.deepEqual(await placesIn(world, 'job'), new Set([`${fid} on ${third}`]))
  assert.equal((await placesIn(world, 'replica')).size, 2)
  const [job] = await world.host(2).take()
  assert.ok(job !== undefined)
  await world.sweep()
  assert.equal((await placesIn(world, 'replica')).size, 2, 'leased is not there')
  world.host(2).disk(third).add(job.fid)
  await world.host(2).done(job)
  await world.sweep()
  const wanted = new Set([`${fid} on ${second}`, `${fid} on ${third}`])
  assert.deepEqual(await placesIn(world, 'replica'), wanted)
})

test('two disks that are drained at once leave no file short', async () => {
  await using world = await trackerWorld({ hosts: 4, trackers: 2 })
  const [first, second] = devicesOf(world)
  assert.ok(first !== undefined && second !== undefined)
  await seedFiles(world, 200, [first, second])
  await world.mark('devices', first, 'drain')
  await world.mark('devices', second, 'drain')
  for (let round = 0; round < 6; round++) {
    await Promise.all([world.sweep(0), world.sweep(1), world.work()])
    const short = await world.sql('select fid from replica group by fid having count(*) < 2')
    assert.deepEqual(short, [])
  }
  // a move whose file the other tracker was planning just then is looked at again in a minute
  for (let minute = 0; minute < 3; minute++) {
    await world.settle()
    await world.sql('update move set try_at = now()')
  }
  await world.settle()
  assert.deepEqual(await placesIn(world, 'replica', `device_id <= ${second}`), new Set())
  await assertSettled(world)
})

test('what nothing can better stays, and the reason is told', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const [first, second] = devicesOf(world)
  assert.ok(first !== undefined && second !== undefined)
  await seedFiles(world, 5, [first, second])
  await ask(world, 'POST', `devices/${first}`)
  await world.settle()
  const status = await ask(world, 'GET', `devices/${first}`)
  assert.equal((await placesIn(world, 'replica')).size, 10)
  assert.deepEqual(status.refused, [
    { deviceId: first, reason: 'no device can take a copy', files: 5, bytes: 5 },
  ])
  assert.equal(status.isSafe, false)
  assert.deepEqual(await world.sql('select from move'), [], 'nothing is parked')

  await world.addHost()
  await world.sql('update device set drain_at = now()')
  await world.settle()
  await settleMarks(world)
  const after = await ask(world, 'GET', `devices/${first}`)
  assert.deepEqual([after.isSafe, after.devices[0]?.files], [true, 0])
  await assertSettled(world)
})

test('a disk that is taken back into service keeps what it has', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second] = devicesOf(world)
  assert.ok(first !== undefined && second !== undefined)
  await seedFiles(world, 20, [first, second])
  await ask(world, 'POST', `devices/${first}`)
  await world.sql(`delete from sweep where name = 'plan-moves'`)
  await world.sweep()
  assert.equal((await world.sql('select from move')).length, 20)
  const back = await ask(world, 'DELETE', `devices/${first}`)
  assert.equal(back.devices[0]?.state, 'alive')
  await world.sql(`insert into sweep (name) values ('plan-moves')`)
  await world.settle()
  assert.deepEqual(await world.sql('select from move'), [])
  assert.equal((await placesIn(world, 'replica', `device_id = ${first}`)).size, 20)
  await assertSettled(world)
})

test('copies that a drain ordered are not too many once it is called off', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second] = devicesOf(world)
  assert.ok(first !== undefined && second !== undefined)
  await seedFiles(world, 20, [first, second])
  await ask(world, 'POST', `devices/${first}`)
  await world.sweep()
  assert.equal((await placesIn(world, 'job', `kind = 'replicate'`)).size, 20)
  await ask(world, 'DELETE', `devices/${first}`)
  await world.settle()
  await world.sql('update shortfall set try_at = now()')
  await world.settle()
  assert.equal((await placesIn(world, 'replica')).size, 40)
  await assertSettled(world)
})

test('a host goes with all of its disks; how much is left is told all the way', async () => {
  await using world = await trackerWorld({ hosts: 3, devicesPerHost: 2 })
  const [a1, a2, b1] = devicesOf(world)
  assert.ok(a1 !== undefined && a2 !== undefined && b1 !== undefined)
  await seedFiles(world, 10, [a1, b1])
  await world.sql(`update file set key = 'x' || key`)
  await seedFiles(world, 5, [a2, b1])
  const begun = await ask(world, 'POST', 'hosts/host-1')
  const left = begun.devices.map(({ deviceId, state, files }) => [deviceId, state, files])
  assert.deepEqual(left, [
    [a1, 'drain', 10],
    [a2, 'drain', 5],
  ])
  assert.equal(begun.isSafe, false)
  await world.settle()
  assert.equal((await ask(world, 'GET', 'hosts/host-1')).isSafe, false, 'marked just now')
  await settleMarks(world)
  assert.equal((await ask(world, 'GET', 'hosts/host-1')).isSafe, true)
  await assertSettled(world)
})

test('a disk that an open upload may still choose is not safe', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const upload = await world.open('a')
  const deviceId = upload.targets[0]?.deviceId
  assert.ok(deviceId !== undefined)
  await ask(world, 'POST', `devices/${deviceId}`)
  await settleMarks(world)
  const waiting = await ask(world, 'GET', `devices/${deviceId}`)
  assert.deepEqual([waiting.isSafe, waiting.devices[0]?.arriving], [false, true])
  await world.close(world.write(upload, 'a'))
  await world.settle()
  assert.equal((await ask(world, 'GET', `devices/${deviceId}`)).isSafe, true)
})

test('what is not there is refused', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const codes = await Promise.all(
    ['devices/9', 'hosts/nobody', 'devices/x'].map(
      async (what) => (await world.call('POST', urlOf(what))).code,
    ),
  )
  assert.deepEqual(codes, ['no_device', 'unknown_host', 'invalid_request'])
})

test('only so many copies leave at once', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second] = devicesOf(world)
  assert.ok(first !== undefined && second !== undefined)
  await seedFiles(world, MAX_MOVES + 2 * SWEEP_WINDOW, [first, second])
  await world.mark('devices', first, 'drain')
  await world.sql(`delete from sweep where name in ('plan-moves', 'review-files')`)
  await world.sweep()
  await world.sweep()
  assert.equal((await world.sql('select from move')).length, MAX_MOVES)
  await assertSound(world)
})
