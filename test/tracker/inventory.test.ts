// Comparing disks with the database: strays are erased, nothing that is named is (I7), and only
// where no ticket can store any more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fid } from '#shared/ids.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, placesIn } from './invariants.ts'
import { settleFids } from './seed.ts'

test('bytes that nothing names are erased; replicas, uploads and new copies stay', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const stored = await world.put('a')
  const upload = await world.open('b')
  const stray = (await world.open('given up')).fid
  await world.sql('delete from upload where fid = $1', stray)
  for (const host of world.hosts)
    for (const disk of host.disks.values())
      for (const fid of [stored.fid, upload.fid, stray]) disk.add(fid)

  await settleFids(world)
  for (const host of world.hosts)
    for (const deviceId of host.deviceIds) {
      const answer = await host.takeStock(deviceId, 1, stray)
      assert.deepEqual(answer, { strays: 1, sweptFid: stray })
    }
  const strays = world.hosts.flatMap((host) => host.deviceIds.map((id) => `${stray} on ${id}`))
  assert.deepEqual(await placesIn(world, 'job', `kind = 'delete'`), new Set(strays))
  const { targets } = upload
  const writes = targets.map((_, target) => world.write(upload, 'hello', target))
  for (const each of writes.slice(0, 1)) assert.equal((await world.close(each)).status, 200)
  await world.settle()
  await assertSettled(world)
})

test('an agent goes on where it was, also after a restart', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await settleFids(world, 2_000)
  const host = world.host(0)
  const [deviceId] = host.deviceIds
  assert.ok(deviceId !== undefined)
  const sweptFid = async () => (await host.sync()).devices[0]?.sweptFid
  assert.equal(await sweptFid(), 0)
  await host.takeStock(deviceId, 1, 1_000)
  await host.takeStock(deviceId, 1_001, 2_000)
  assert.equal(await sweptFid(), 2_000)
})

test('a range that was done before, leaves a gap, or is not settled yet, is refused', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await settleFids(world, 20)
  const host = world.host(0)
  const [deviceId] = host.deviceIds
  assert.ok(deviceId !== undefined)
  await host.takeStock(deviceId, 1, 10)
  const codeOf = async (fromFid: number, toFid: number, fids: number[] = []) =>
    (await host.ask('inventory', { deviceId, fromFid, toFid, fids })).code
  assert.equal(await codeOf(1, 10), 'invalid_request')
  assert.equal(await codeOf(12, 20), 'invalid_request')
  assert.equal(await codeOf(11, 21), 'invalid_request')
  assert.equal(await codeOf(11, 10), 'invalid_request')
  assert.equal(await codeOf(11, 20, [10]), 'invalid_request')
  assert.equal(await codeOf(11, 20, [11, 20]), undefined)
})

test('a host speaks for its own disks alone', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  await settleFids(world, 20)
  const [deviceId] = world.host(0).deviceIds
  const range = { deviceId, fromFid: 1, toFid: 10, fids: [] }
  assert.equal((await world.host(1).ask('inventory', range)).code, 'unauthorized')
  assert.equal((await world.host(0).ask('inventory', range)).status, 200)
})

test('of two reports of one range at once only one counts', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  const host = world.host(0)
  const [deviceId] = host.deviceIds
  assert.ok(deviceId !== undefined)
  await settleFids(world, 50)
  const fids = Array.from({ length: 50 }, (_, n) => n + 1)
  const range = { deviceId, fromFid: 1, toFid: 50, fids }
  const answers = await Promise.all(Array.from({ length: 8 }, () => host.ask('inventory', range)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  assert.equal((await world.sql('select from job')).length, 50)
})

test('fids are settled when the last ticket that could store them has expired', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.set({ uploadMs: 3_600_000 })
  const settled = async () => (await world.host(0).sync()).settledFid
  await world.sweep()
  assert.equal(await settled(), 0, 'no fid was given')

  const first = await world.open('a')
  await world.sweep()
  const second = await world.open('b')
  await world.sql(`update fid_mark set settled_at = settled_at - interval '2 m'`) // they pass
  await world.sweep()
  assert.equal(await settled(), 0)

  const marks = await world.sql<{ fid: number; settled: Date }>(
    'select fid, settled_at as settled from fid_mark order by fid',
  )
  assert.deepEqual(
    marks.map(({ fid }) => fid),
    [first.fid, second.fid],
  )
  assert.ok(Number(marks[1]?.settled) >= Date.parse(second.expiresAt))
  await world.sql('update fid_mark set settled_at = now() where fid = $1', first.fid)
  assert.equal(await settled(), first.fid)
  await world.sql('update fid_mark set settled_at = now()')
  assert.equal(await settled(), second.fid)
})

test('uploads that were given more time are waited for when the setting is lowered', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const settled = async () => (await world.host(0).sync()).settledFid
  await world.set({ uploadMs: 3_600_000 })
  const slow = await world.open('slow')
  await world.sweep()
  await world.set({ uploadMs: 1_000 })
  const quick = await world.open('quick')
  for (let n = 0; n < 3; n++) {
    await world.sweep()
    await world.sql('update fid_mark set settled_at = now() where fid = $1', quick.fid)
    assert.equal(await settled(), 0, 'the ticket of the slow one is valid')
  }
  await world.sql('update fid_mark set settled_at = now()')
  assert.ok((await settled()) >= slow.fid)
  await world.sweep()
  await world.sql('update fid_mark set settled_at = now()')
  assert.equal(await settled(), quick.fid)
})

test('old marks are not kept', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  let last: Fid | undefined
  for (let n = 0; n < 5; n++) {
    last = (await world.open(`${n}`)).fid
    await world.sweep()
    await world.sql('update fid_mark set settled_at = now()')
  }
  await world.sweep()
  assert.deepEqual(await world.sql('select fid from fid_mark'), [{ fid: last }])
  assert.equal((await world.host(0).sync()).settledFid, last)
})
