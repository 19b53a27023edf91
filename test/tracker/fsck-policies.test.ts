// Runs that ask no disk: whether files lie as their classes ask, and what is done where not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '#shared/ids.ts'
import { checkPoliciesSweep } from '#tracker/sweeps/check-policies.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled } from './invariants.ts'
import * as fsck from './looking.ts'
import { seedFiles } from './seed.ts'

test('files on one host of two are found, planned anew, and good in the end', async () => {
  await using world = await trackerWorld({ hosts: 2, devicesPerHost: 2 })
  await seedFiles(world, 30, world.host(0).deviceIds)
  const first = await fsck.start(world, { check: 'policy' })
  await world.sweep()
  const run = await fsck.runOf(world, first)
  assert.deepEqual([run.state, run.counts['POVI']], ['done', 30])
  assert.equal(run.devices[0]?.files, 30)
  await world.settle()

  // a third copy on the other host: one of the two that share a host is too many
  await fsck.start(world, { check: 'policy' })
  await world.settle()
  const last = await fsck.start(world, { check: 'policy' })
  await world.sweep()
  assert.deepEqual((await fsck.runOf(world, last)).counts, {})
  await assertSettled(world)
})

test('a file whose copies are all on dead devices is searched for', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { fid, deviceId } = await world.put('a', 'a', { class: 'thumb' })
  await world.mark('devices', deviceId, 'dead')
  const fsckId = await fsck.start(world, { check: 'policy' })
  await world.sweep()
  // it is searched for since its last device is dead; a run may find that before, or after
  const told = (await fsck.events(world)).map((event) => event.replace(/ on .*/, ''))
  assert.deepEqual(told.toSorted(), [`NOPA ${fid}`, `SRCH ${fid}`])
  assert.equal((await fsck.runOf(world, fsckId)).state, 'done')

  const other = world.hosts.flatMap(({ deviceIds }) => deviceIds).find((id) => id !== deviceId)
  assert.ok(other !== undefined)
  world.hostOf(other).disk(other).add(fid)
  await fsck.search(world.hostOf(other), other)
  assert.equal((await fsck.events(world)).at(-1), `FOND ${fid} on ${other}`)
})

test('a policy run keeps to its scope, however few files of it there are', async () => {
  await using world = await trackerWorld({ hosts: 2, devicesPerHost: 2 })
  const [one, two] = world.host(0).deviceIds
  assert.ok(one !== undefined && two !== undefined)
  await seedFiles(world, 5, [one, two])
  const [onThird] = world.host(1).deviceIds
  assert.ok(onThird !== undefined)
  const alone = await seedLonely(world, onThird)
  const byDevice = await fsck.start(world, { check: 'policy', deviceId: onThird })
  const byPrefix = await fsck.start(world, { check: 'policy', domain: 'demo', prefix: 'lonely' })
  const byClass = await fsck.start(world, { check: 'policy', domain: 'demo', class: 'thumb' })
  await world.sweep()
  assert.equal((await fsck.runOf(world, byDevice)).counts['POVI'], alone)
  assert.equal((await fsck.runOf(world, byPrefix)).counts['POVI'], alone)
  assert.deepEqual((await fsck.runOf(world, byClass)).counts, {})
})

/** One file of two copies that has one. */
async function seedLonely(world: World, on: DeviceId): Promise<number> {
  const { fid } = await world.put('lonely')
  await world.sql('delete from job where fid = $1', fid)
  await world.sql('delete from replica where fid = $1', fid)
  await world.sql('insert into replica values ($1, $2)', fid, on)
  return 1
}

test('two trackers with one window write its findings once', async () => {
  await using world = await trackerWorld({ hosts: 2, devicesPerHost: 2, trackers: 2 })
  await seedFiles(world, 50, world.host(0).deviceIds)
  const fsckId = await fsck.start(world, { check: 'policy' })
  await Promise.all([0, 1, 0, 1].map((at) => checkPoliciesSweep(world.tracker(at).deps)))
  assert.equal((await fsck.runOf(world, fsckId)).counts['POVI'], 50)
})
