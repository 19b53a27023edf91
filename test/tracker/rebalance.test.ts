// Rebalance over HTTP: a policy, what it would do, and then doing it, window by window; stopped,
// gone on with, and refused as MogileFS refuses (Q29-Q31).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '#shared/ids.ts'
import { Rebalance, RebalanceTest } from '#shared/wire/moving.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, placesIn } from './invariants.ts'
import { seedFiles } from './seed.ts'

const devicesOf = (world: World): DeviceId[] => world.hosts.flatMap(({ deviceIds }) => deviceIds)

const URL = '/v1/admin/rebalance'
const status = (world: World) => world.ask(Rebalance, 'GET', URL)
const setPolicy = (world: World, policy: string) =>
  world.ask(Rebalance, 'PATCH', URL, { json: { policy } })
const order = (world: World, verb: string) => world.ask(Rebalance, 'POST', `${URL}/${verb}`)
const codeOf = async (world: World, verb: string) =>
  (await world.call('POST', `${URL}/${verb}`)).code

const heldBy = async (world: World, deviceId: number | undefined) =>
  (await placesIn(world, 'replica', `device_id = ${deviceId}`)).size

/** Four hosts, a hundred files on the first two. */
async function filled(): Promise<World> {
  const world = await trackerWorld({ hosts: 4, trackers: 2 })
  await seedFiles(world, 100, devicesOf(world).slice(0, 2))
  await world.settle()
  return world
}

test('so many files leave each source, the oldest first, and its end is told', async () => {
  await using world = await filled()
  const [first, second] = devicesOf(world)
  await setPolicy(world, `from_devices=${first} limit_by=count limit=30`)
  const plan = await world.ask(RebalanceTest, 'GET', `${URL}/test`)
  assert.deepEqual(plan.sources, [
    { deviceId: first, files: 100, bytes: 100, filesLeft: 30, bytesLeft: null },
  ])
  assert.deepEqual([plan.files, plan.bytes, plan.estimatedS], [30, 30, 1])
  assert.deepEqual(plan.destinations, devicesOf(world).slice(1))
  assert.equal(await heldBy(world, first), 100, 'a test does nothing')

  assert.equal((await order(world, 'start')).state, 'running')
  await world.settle()
  await world.settle()
  assert.equal(await heldBy(world, first), 70)
  assert.equal(await heldBy(world, second), 100)
  const oldest = await world.sql<{ fid: number }>(
    'select min(fid)::int as fid from replica where device_id = $1',
    first,
  )
  assert.equal(oldest[0]?.fid, 31)
  const { state, filesMoved, bytesMoved, filesQueued, filesWaiting, sources } = await status(world)
  assert.deepEqual(
    { state, filesMoved, bytesMoved, filesQueued, filesWaiting },
    { state: 'finished', filesMoved: 30, bytesMoved: 30, filesQueued: 30, filesWaiting: 0 },
  )
  assert.deepEqual(sources, [{ deviceId: first, filesQueued: 30, bytesQueued: 30, done: true }])
  await assertSettled(world)
})

test('a global limit is one for all sources; percent is of what is used', async () => {
  await using world = await filled()
  const [first, second] = devicesOf(world)
  const from = `from_devices=${first},${second} limit_type=global`
  await setPolicy(world, `${from} limit_by=percent limit=20`)
  await order(world, 'start')
  for (let n = 0; n < 3; n++) await world.settle()
  assert.equal((await heldBy(world, first)) + (await heldBy(world, second)), 160)
  await setPolicy(world, `${from} limit_by=size limit=25 fid_age=new`)
  await order(world, 'start')
  for (let n = 0; n < 3; n++) await world.settle()
  assert.equal((await heldBy(world, first)) + (await heldBy(world, second)), 135)
  await assertSettled(world)
})

test('copies go only where the policy lets them, and stay where that is impossible', async () => {
  await using world = await filled()
  const [first, second, third] = devicesOf(world)
  await setPolicy(world, `from_devices=${first} to_hosts=host-3 limit_by=count limit=10`)
  await order(world, 'start')
  for (let n = 0; n < 3; n++) await world.settle()
  assert.equal(await heldBy(world, third), 10)
  await setPolicy(world, `from_devices=${first} to_devices=${second}`)
  await order(world, 'start')
  for (let n = 0; n < 3; n++) await world.settle()
  const { state, filesMoved, refused } = await status(world)
  assert.deepEqual([state, filesMoved], ['finished', 0])
  assert.deepEqual(refused, [
    { deviceId: first, reason: 'no device can take a copy', files: 90, bytes: 90 },
  ])
  await assertSettled(world)
})

test('stopped, it waits; started again, it goes on where it was', async () => {
  await using world = await filled()
  const [first] = devicesOf(world)
  await setPolicy(world, `from_devices=${first} limit_by=count limit=40`)
  await order(world, 'start')
  await world.sweep()
  await world.sweep()
  assert.equal((await order(world, 'stop')).state, 'stopped')
  const queued = (await status(world)).filesQueued
  await world.settle()
  assert.equal((await status(world)).filesQueued, queued)
  assert.equal((await order(world, 'start')).state, 'running')
  for (let n = 0; n < 3; n++) await world.settle()
  const after = await status(world)
  assert.deepEqual([after.state, after.filesQueued, after.filesMoved], ['finished', 40, 40])
  assert.equal(await heldBy(world, first), 60)
})

test('copies that it ordered are not too many once it is forgotten', async () => {
  await using world = await filled()
  const [first] = devicesOf(world)
  await setPolicy(world, `from_devices=${first} limit_by=count limit=20`)
  await order(world, 'start')
  await world.sweep()
  await world.sweep()
  assert.equal((await placesIn(world, 'job', `kind = 'replicate'`)).size, 20)
  await order(world, 'stop')
  await order(world, 'reset')
  await world.settle()
  await world.sql('update shortfall set try_at = now()')
  await world.settle()
  assert.equal((await placesIn(world, 'replica')).size, 200)
  await assertSettled(world)
})

test('a source that is left in drain mode is emptied', async () => {
  await using world = await filled()
  const [first] = devicesOf(world)
  await setPolicy(world, `from_devices=${first} limit_by=count limit=1 leave_in_drain_mode=1`)
  await order(world, 'start')
  for (let n = 0; n < 3; n++) await world.settle()
  assert.equal(await heldBy(world, first), 0)
  const [device] = await world.sql('select state from device where device_id = $1', first)
  assert.deepEqual(device, { state: 'drain' })
})

test('each refusal of MogileFS', async () => {
  await using world = await filled()
  assert.equal(await codeOf(world, 'start'), 'no_rebal_policy')
  assert.equal((await world.call('GET', `${URL}/test`)).code, 'no_rebal_policy')
  assert.equal(await codeOf(world, 'stop'), 'rebal_not_started')
  for (const policy of ['from_nowhere=1', 'from_hosts=nobody', 'from_devices=99']) {
    const refused = await world.call('PATCH', URL, { json: { policy } })
    assert.equal(refused.code, 'bad_rebal_pol', policy)
  }
  await setPolicy(world, 'limit_by=count limit=1')
  await order(world, 'start')
  assert.equal(await codeOf(world, 'start'), 'rebal_running')
  assert.equal(await codeOf(world, 'reset'), 'rebal_running')
  const changed = await world.call('PATCH', URL, { json: { policy: '' } })
  assert.equal(changed.code, 'no_set_rebal')
  await order(world, 'stop')
  const reset = await order(world, 'reset')
  assert.deepEqual([reset.state, reset.filesQueued, reset.sources], ['idle', 0, []])
})

test('two operators that start at once start one', async () => {
  await using world = await filled()
  await setPolicy(world, 'from_hosts=host-1 limit_by=count limit=5')
  const started = await Promise.all(
    [0, 1, 0, 1].map((at) => world.call('POST', `${URL}/start`, { at })),
  )
  const codes = started.map(({ status: code }) => code).toSorted((a, b) => a - b)
  assert.deepEqual(codes, [200, 409, 409, 409])
  for (let round = 0; round < 4; round++) await Promise.all([world.sweep(0), world.sweep(1)])
  await world.settle()
  await world.settle()
  assert.equal((await status(world)).filesMoved, 5)
  await assertSettled(world)
})

test('who ordered a rebalance is recorded, and that it went on by itself is not', async () => {
  await using world = await filled()
  const [first] = devicesOf(world)
  const policy = `from_devices=${first} limit_by=count limit=10`
  await setPolicy(world, policy)
  await order(world, 'start')
  await order(world, 'stop')
  await order(world, 'start')
  await world.settle()
  await world.settle()
  assert.equal((await status(world)).state, 'finished')
  await order(world, 'reset')
  const told = await world.sql(`
    select who, subject, before ->> 'state' as before, after ->> 'state' as after
    from audit where noun = 'rebalance' order by audit_id`)
  const who = { who: 'test', subject: policy }
  assert.deepEqual(told, [
    { ...who, before: null, after: null },
    { ...who, before: 'idle', after: 'running' },
    { ...who, before: 'running', after: 'stopped' },
    { ...who, before: 'stopped', after: 'running' },
    { ...who, before: 'finished', after: 'idle' },
  ])
})
