// Copies that may go: whoever says so, and however many say so at once, the ones they counted on
// are there when they go.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId, Fid } from '#shared/ids.ts'
import { dropCopies } from '#tracker/db/drops.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf } from './at-once.ts'
import { assertSound, placesIn } from './invariants.ts'
import { seedFiles } from './seed.ts'

const ROUNDS = 20

test('of two trackers that drop different copies, one finds its own missing', async () => {
  await using world = await trackerWorld({ hosts: 3, trackers: 2 })
  const [first, second, third] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  const drop = (at: number, fids: readonly Fid[], deviceId: DeviceId, keep: DeviceId[]) =>
    world.tracker(at).db.all(dropCopies(fids.map((fid) => ({ fid, deviceId, keep }))))
  for (let round = 0; round < ROUNDS; round++) {
    const fids = await seedFiles(world, 10, [first, second, third])
    await allOf([drop(0, fids, first, [second, third]), drop(1, fids, second, [first, third])])
    for (const fid of fids)
      assert.equal((await placesIn(world, 'replica', `fid = ${fid}`)).size, 2, `round ${round}`)
    await world.sql(`update file set key = $1 || key`, `${round} `)
  }
  await assertSound(world)
})

test('nothing is dropped while a copy is being made, or where none is named to stay', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second, third] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  const [fid] = await seedFiles(world, 1, [first, second])
  assert.ok(fid !== undefined)
  const { db } = world.tracker()
  const drop = (keep: DeviceId[]) => db.all(dropCopies([{ fid, deviceId: first, keep }]))
  assert.deepEqual(await drop([]), [])
  assert.deepEqual(await drop([first]), [])
  assert.deepEqual(await drop([second, third]), [], 'the third was never there')
  const order =
    'insert into job (host_id, kind, fid, device_id, priority) values (3, $1, $2, $3, 2)'
  await world.sql(order, 'replicate', fid, third)
  assert.deepEqual(await drop([second]), [])
  await world.sql('delete from job')
  assert.deepEqual(await drop([second]), [{ fid, deviceId: first }])
  assert.deepEqual(await placesIn(world, 'job', `kind = 'delete'`), new Set([`${fid} on ${first}`]))
})

test('a copy whose device died since does not count as kept', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const [first, second] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined)
  const [fid] = await seedFiles(world, 1, [first, second])
  assert.ok(fid !== undefined)
  await world.mark('devices', second, 'dead')
  const { db } = world.tracker()
  assert.deepEqual(await db.all(dropCopies([{ fid, deviceId: first, keep: [second] }])), [])
})
