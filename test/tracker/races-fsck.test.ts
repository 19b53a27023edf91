// Findings come while other agents report the same file's copies, while it is overwritten or
// deleted, and while copies of it arrive: no last copy is forgotten, and rows and bytes agree.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId, Fid } from '#shared/ids.ts'
import type { LookWindow } from '#shared/wire/looks.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf } from './at-once.ts'
import { assertRowsSound, assertSettled, placesIn } from './invariants.ts'
import * as fsck from './looking.ts'

const ROUNDS = 8

interface Damaged {
  fid: Fid
  deviceId: DeviceId
  window: LookWindow
}

/** A file with its copies, each looked at and not reported yet. */
async function looked(world: World, key: string): Promise<Damaged[]> {
  const { fid } = await world.put(key)
  await world.settle()
  await fsck.start(world)
  const rows = await world.sql<{ id: DeviceId }>(
    'select device_id as id from replica where fid = $1 order by 1',
    fid,
  )
  return Promise.all(
    rows.map(async ({ id }) => {
      const window = await fsck.windowOf(world.hostOf(id), id)
      return { fid, deviceId: id, window }
    }),
  )
}

/** Says that the bytes are gone, and they are. */
async function reportMissing(world: World, { fid, deviceId, window }: Damaged, at: number) {
  const host = world.hostOf(deviceId)
  host.trackerUrl = world.tracker(at).url
  host.disk(deviceId).delete(fid)
  const { status } = await fsck.reportTo(host, deviceId, window, { [fid]: 'MISS' })
  assert.equal(status, 200)
}

const stopAll = (world: World) => world.sql(`update fsck set state = 'done' where fsck_id > 0`)

test('of two reports of both copies of a file at once, one finds the last copy', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let n = 0; n < ROUNDS; n++) {
    const copies = await looked(world, `${n}`)
    assert.equal(copies.length, 2)
    await allOf(copies.map((copy, at) => reportMissing(world, copy, at)))
    await assertRowsSound(world)
    const lost = await world.sql('select fid from lost where fid = $1', copies[0]?.fid)
    assert.equal(lost.length, 1)
    await stopAll(world)
  }
})

test('a copy is found damaged while its file is overwritten or deleted, and swept', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let n = 0; n < ROUNDS; n++) {
    const [copy] = await looked(world, 'a')
    assert.ok(copy !== undefined)
    const change =
      n % 2 === 0
        ? world.put('a', `${n}`, {}, 1)
        : world.call('DELETE', '/v1/domains/demo/files/a', { at: 1 })
    await allOf<unknown>([reportMissing(world, copy, 0), change, world.sweep(1)])
    await assertRowsSound(world)
    await stopAll(world)
    await world.settle()
    await assertSettled(world)
  }
})

test('one stretch that is reported to two trackers at once counts once', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let n = 0; n < ROUNDS; n++) {
    const [copy] = await looked(world, `${n}`)
    assert.ok(copy !== undefined)
    const { fid, deviceId, window } = copy
    const host = world.hostOf(deviceId)
    const statuses = await allOf(
      [0, 1, 0, 1].map(async (at) => {
        host.trackerUrl = world.tracker(at).url
        return (await fsck.reportTo(host, deviceId, window, { [fid]: 'BSUM' })).status
      }),
    )
    assert.equal(statuses.filter((each) => each === 200).length, 1)
    await assertRowsSound(world)
    await stopAll(world)
    await world.settle()
  }
  await assertSettled(world)
})

test('a lost file is found on two devices at once, while copies of it arrive', async () => {
  await using world = await trackerWorld({ hosts: 4, trackers: 2 })
  for (let n = 0; n < ROUNDS; n++) {
    const copies = await looked(world, `${n}`)
    for (const copy of copies) await reportMissing(world, copy, 0)
    const { fid } = copies[0] ?? assert.fail('no copy')
    const others = world.hosts.slice(2).flatMap(({ deviceIds }) => deviceIds)
    for (const id of others) world.hostOf(id).disk(id).add(fid)
    await allOf<unknown>([
      ...others.map((id) => fsck.search(world.hostOf(id), id)),
      world.sweep(1),
      ...world.hosts.map((host) => host.work(world.hosts)),
    ])
    await assertRowsSound(world)
    const named = (await placesIn(world, 'replica')).union(await placesIn(world, 'job'))
    for (const id of others)
      if (!named.has(`${fid} on ${id}`)) world.hostOf(id).disk(id).delete(fid) // a stray
    await stopAll(world)
    await world.settle()
  }
  assert.deepEqual((await fsck.status(world)).lost, { searching: 0, gone: 0 })
  await assertSettled(world)
})
