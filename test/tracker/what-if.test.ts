// What a device's or a host's end would mean, from the ledger, against a count of every file.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '#shared/ids.ts'
import { WhatIfAnswer } from '#shared/wire/what-if.ts'
import { seededRandom } from '../placement/device.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { seedFiles } from './seed.ts'

const devicesOf = (world: World): DeviceId[] => world.hosts.flatMap(({ deviceIds }) => deviceIds)

const ask = (world: World, query: string) =>
  world.ask(WhatIfAnswer, 'GET', `/v1/admin/what-if?${query}`)

interface Placed {
  bytes: number
  device_ids: DeviceId[]
}

/** By looking at every file: the class wants two copies on two hosts, of which there are enough. */
async function byHand(world: World, gone: readonly DeviceId[], event: string) {
  const files = await world.sql<Placed>(
    `select bytes::int as bytes, array_agg(device_id) as device_ids
      from file join replica using (fid) group by file.fid, bytes`,
  )
  const hostsOf = (ids: readonly DeviceId[]) => new Set(ids.map((id) => world.hostOf(id).hostId))
  const found = {
    touched: { files: 0, bytes: 0 },
    lost: { files: 0, bytes: 0 },
    short: { files: 0, bytes: 0 },
    toCopy: { copies: 0, bytes: 0 },
  }
  const count = (what: 'touched' | 'lost' | 'short', bytes: number) => {
    found[what].files += 1
    found[what].bytes += bytes
  }
  for (const { bytes, device_ids: on } of files) {
    const left = on.filter((id) => !gone.includes(id))
    if (left.length === on.length) continue
    count('touched', bytes)
    if (left.length === 0 && event === 'dies') {
      count('lost', bytes)
      continue
    }
    const counted = event === 'dies' ? left : on
    if (hostsOf(counted).size < 2) count('short', bytes)
    const copies = Math.max(0, 2 - hostsOf(left).size)
    found.toCopy.copies += copies
    found.toCopy.bytes += copies * bytes
  }
  return found
}

test('files lost, short, to be copied: as a count of every file says', async () => {
  await using world = await trackerWorld({ hosts: 6, devicesPerHost: 2 })
  const devices = devicesOf(world)
  const random = seededRandom(17)
  const one = () => devices[Math.floor(random() * devices.length)] ?? assert.fail()
  for (let n = 0; n < 60; n++) {
    const on = new Set([
      one(),
      ...(random() < 0.8 ? [one()] : []),
      ...(random() < 0.2 ? [one()] : []),
    ])
    await seedFiles(world, 1 + Math.floor(random() * 5), [...on])
    await world.sql(`update file set key = $1 || key where key like 'seed/%'`, `${n} `)
  }
  // all files of a placement are alike: its average is each one's size
  await world.sql('update file set bytes = 1000')
  await world.sql('delete from placement_count')
  await world.sql('delete from placement_delta')
  await world.sql(`insert into placement_delta (class_id, device_ids, files, bytes)
    select class_id, device_ids, count(*), sum(bytes) from (
      select class_id, bytes, array(select device_id from replica
        where replica.fid = file.fid order by 1) as device_ids from file) as lying
    group by class_id, device_ids`)

  for (const event of ['dies', 'drains'])
    for (const [query, gone] of [
      ...devices.map((id) => [`device=${id}`, [id]] as const),
      ...world.hosts.map(({ name, deviceIds }) => [`host=${name}`, deviceIds] as const),
    ]) {
      const { touched, lost, short, toCopy, room, stuck, isWhole } = await ask(
        world,
        `event=${event}&${query}`,
      )
      const says = `${query} ${event}`
      assert.deepEqual({ touched, lost, short, toCopy }, await byHand(world, gone, event), says)
      assert.deepEqual([room.isEnough, stuck, isWhole], [true, [], true], says)
    }
})

test('too little room elsewhere is told, to the byte', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second, third] = devicesOf(world)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await seedFiles(world, 10, [first, second])
  await world.set({ minFreeBytes: 5 })
  await world.measure(third, { bytesFree: 12 })
  const { room, toCopy } = await ask(world, `event=dies&device=${first}`)
  assert.deepEqual(toCopy, { copies: 10, bytes: 10 })
  const spare = room.bytesToSpare - 7
  assert.ok(spare > 1_000, 'the second disk has room, and is no other host')
  assert.deepEqual([room.bytesMissing, room.isEnough], [3, false])
})

test('what the rest of the cluster cannot give is told with the reason', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const [first] = devicesOf(world)
  assert.ok(first !== undefined)
  await seedFiles(world, 4, devicesOf(world))
  const { stuck, lost, short } = await ask(world, 'event=drains&host=host-1')
  assert.deepEqual([lost.files, short.files], [0, 0])
  assert.deepEqual(stuck, [
    { domain: 'demo', class: 'default', reason: 'no device can take a copy', files: 4 },
  ])
  await world.mark('devices', devicesOf(world)[1] ?? 0, 'down')
  const { unreadable, stuck: lostSight } = await ask(world, `event=dies&device=${first}`)
  assert.equal(unreadable.files, 4)
  assert.equal(lostSight[0]?.reason, 'no copy can be read')
})

test('what is not there, and what is not asked rightly, is refused', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const codes = await Promise.all(
    [
      'event=dies&device=9',
      'event=dies&host=nobody',
      'event=dies',
      'event=dies&device=1&host=host-1',
      'event=sleeps&device=1',
    ].map(async (query) => (await world.call('GET', `/v1/admin/what-if?${query}`)).code),
  )
  assert.deepEqual(codes, [
    'no_device',
    'unknown_host',
    'invalid_request',
    'invalid_request',
    'invalid_request',
  ])
})
