// Fsck as a tracker sees it: what agents are asked to look at, and what becomes of what they find.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId, Fid } from '#shared/ids.ts'
import { MAX_JOBS_PER_DEVICE } from '#shared/limits.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertRowsSound, assertSettled, placesIn } from './invariants.ts'
import * as fsck from './looking.ts'
import { seedFiles, settleFids } from './seed.ts'

/** A file with two copies. */
async function stored(world: World, key: string): Promise<{ fid: Fid; on: DeviceId[] }> {
  const { fid } = await world.put(key)
  await world.settle()
  const rows = await world.sql<{ id: DeviceId }>(
    'select device_id as id from replica where fid = $1 order by 1',
    fid,
  )
  return { fid, on: rows.map(({ id }) => id) }
}

const only = (on: readonly DeviceId[], at = 0): DeviceId => on[at] ?? assert.fail('no such copy')

test('an agent is told that there is something to look at, and until when', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const host = world.host(0)
  const [deviceId] = host.deviceIds
  assert.ok(deviceId !== undefined)
  const isAsked = async () => (await host.sync()).devices[0]?.look
  assert.equal(await isAsked(), undefined)
  const fsckId = await fsck.start(world, { check: 'sizes' })
  assert.equal(await isAsked(), true)
  await world.call('PATCH', `/v1/admin/fsck/${fsckId}`, { json: { state: 'paused' } })
  assert.equal(await isAsked(), undefined)
  await world.call('PATCH', `/v1/admin/fsck/${fsckId}`, { json: { state: 'running' } })
  await fsck.lookAt(host, deviceId)
  assert.equal(await isAsked(), undefined)
  await world.sweep()
  assert.equal((await fsck.runOf(world, fsckId)).state, 'done')
})

test('what waits for a failed disk keeps no other disk of its host from being read', async () => {
  await using world = await trackerWorld({ hosts: 1, devicesPerHost: 2 })
  const host = world.host(0)
  const [failed, good] = [only(host.deviceIds), only(host.deviceIds, 1)]
  await fsck.start(world)
  await world.sql(
    `insert into job (host_id, kind, fid, device_id, priority)
      select host_id, 'delete', n, device_id, 3
      from device, generate_series(1, $2::int) as n where device_id = $1`,
    failed,
    MAX_JOBS_PER_DEVICE,
  )
  await fsck.windowOf(host, good)
  await assert.rejects(fsck.windowOf(host, failed), /nothing to look at/)
})

test('a copy that is missing or damaged is forgotten, erased and made anew', async () => {
  for (const code of ['MISS', 'BLEN', 'BSUM', 'UNRD'] as const) {
    await using world = await trackerWorld({ hosts: 3 })
    const { fid, on } = await stored(world, 'a')
    const bad = only(on)
    await fsck.start(world)
    if (code === 'MISS') world.hostOf(bad).disk(bad).delete(fid)
    assert.deepEqual(await fsck.lookAt(world.hostOf(bad), bad, { [fid]: code }), [])
    assert.deepEqual(await fsck.events(world), [`${code} ${fid} on ${bad}`, `REPL ${fid}`])
    assert.ok(!(await placesIn(world, 'replica')).has(`${fid} on ${bad}`))
    const isNamed = (await placesIn(world, 'job', `kind = 'delete'`)).has(`${fid} on ${bad}`)
    assert.equal(isNamed, code !== 'MISS', 'I7: bytes that lie there are named by a job')
    await world.settle()
    await assertSettled(world)
  }
})

test('the last copy of a file is never forgotten, however bad it is', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const { fid, on } = await stored(world, 'a')
  await fsck.start(world)
  const [first, second] = [only(on), only(on, 1)]
  const windows = await Promise.all(on.map((id) => fsck.windowOf(world.hostOf(id), id)))
  await fsck.reportTo(world.hostOf(first), first, windows[0] ?? assert.fail(), { [fid]: 'BSUM' })
  const answer = await fsck.reportTo(world.hostOf(second), second, windows[1] ?? assert.fail(), {
    [fid]: 'MISS',
  })
  assert.deepEqual(answer.body, { kept: [fid] })
  assert.deepEqual([...(await placesIn(world, 'replica'))], [`${fid} on ${second}`])
  assert.deepEqual((await fsck.events(world)).slice(2), [`MISS ${fid} on ${second}`, `SRCH ${fid}`])
  await assertRowsSound(world)
})

test('a report is about the row that was looked at, not about a copy that came since', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { fid, on } = await stored(world, 'a')
  const bad = only(on)
  await fsck.start(world)
  const window = await fsck.windowOf(world.hostOf(bad), bad)
  await world.sql('delete from replica where fid = $1 and device_id = $2', fid, bad)
  await world.sql('insert into replica values ($1, $2)', fid, bad)
  await fsck.reportTo(world.hostOf(bad), bad, window, { [fid]: 'MISS' })
  assert.deepEqual(await fsck.events(world), [])
  assert.ok((await placesIn(world, 'replica')).has(`${fid} on ${bad}`))
})

test('a stretch counts once, and only from where the cursor stands', async () => {
  await using world = await trackerWorld({ hosts: 2, trackers: 2 })
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  const fids = await seedFiles(world, 10, [deviceId])
  const fsckId = await fsck.start(world, { check: 'sizes' })
  const host = world.host(0)
  const window = await fsck.windowOf(host, deviceId)
  assert.deepEqual(
    window.copies.map(({ fid }) => fid),
    fids,
  )
  const report = () => fsck.reportTo(host, deviceId, window, {}, fids[4])
  const statuses = (await Promise.all([report(), report(), report()])).map(({ status }) => status)
  assert.equal(statuses.filter((each) => each === 200).length, 1)
  const next = await fsck.windowOf(host, deviceId)
  assert.equal(next.copies[0]?.fid, fids[5], 'on from there, whoever asks')
  await fsck.reportTo(host, deviceId, next, {})
  const [, progress] = (await fsck.runOf(world, fsckId)).devices
  assert.deepEqual([progress?.share, progress?.files], [1, 10])
})

test('a host speaks for its own devices alone', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  await fsck.start(world)
  const window = await fsck.windowOf(world.host(0), deviceId)
  assert.equal((await world.host(1).ask('look', { deviceId })).code, 'unauthorized')
  assert.equal((await world.host(1).ask('search', { deviceId })).code, 'unauthorized')
  assert.equal((await fsck.reportTo(world.host(1), deviceId, window, {})).code, 'unauthorized')
})

test('bytes that nothing names are erased, unless a lost file may be among them', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { fid, on } = await stored(world, 'a')
  const other = only(on, 1)
  const [host, otherHost] = [world.hostOf(only(on)), world.hostOf(other)]
  const [stray, young] = [await world.open('stray'), await world.open('young')]
  await world.sql('delete from upload')
  await world.sql('delete from fid_mark')
  await settleFids(world, stray.fid)
  await fsck.start(world)
  const found = { [stray.fid]: 'UNKN', [young.fid]: 'UNKN', [fid]: 'UNKN' } as const
  await fsck.lookAt(host, only(on), found)
  assert.deepEqual(await fsck.events(world), [`UNKN ${stray.fid} on ${only(on)}`])
  assert.deepEqual(
    [...(await placesIn(world, 'job'))],
    [`${stray.fid} on ${only(on)}`],
    'not a replica, nor what may still be stored',
  )

  await world.sql('insert into lost (fid, fsck_id) values ($1, 0)', stray.fid)
  await fsck.lookAt(otherHost, other, { [stray.fid]: 'UNKN' })
  assert.ok(!(await placesIn(world, 'job')).has(`${stray.fid} on ${other}`))
})

test('a lost file is searched for on every device, and comes back', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const { fid, on } = await stored(world, 'a')
  await fsck.start(world)
  const [bad, worse] = [only(on), only(on, 1)]
  await fsck.lookAt(world.hostOf(bad), bad, { [fid]: 'MISS' })
  await fsck.lookAt(world.hostOf(worse), worse, { [fid]: 'BSUM' })
  assert.deepEqual((await fsck.status(world)).lost, { searching: 1, gone: 0 })

  const elsewhere = world.hosts.flatMap(({ deviceIds }) => deviceIds).find((id) => !on.includes(id))
  assert.ok(elsewhere !== undefined)
  world.hostOf(elsewhere).disk(elsewhere).add(fid)
  assert.equal((await world.hostOf(elsewhere).sync()).devices[0]?.search, true)
  await fsck.search(world.hostOf(elsewhere), elsewhere)
  assert.equal((await fsck.events(world)).at(-1), `FOND ${fid} on ${elsewhere}`)
  assert.deepEqual([...(await placesIn(world, 'replica'))], [`${fid} on ${elsewhere}`])
  assert.deepEqual((await fsck.status(world)).lost, { searching: 0, gone: 0 })
  world.hostOf(bad).disk(bad).delete(fid)
  await world.settle()
  await assertSettled(world)
})

test('a file is gone when the last device was searched, and stays named', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { fid, on } = await stored(world, 'a')
  await fsck.start(world)
  for (const id of on) await fsck.lookAt(world.hostOf(id), id, { [fid]: 'MISS' })
  for (const id of on) world.hostOf(id).disk(id).delete(fid)
  await fsck.search(world.hostOf(only(on)), only(on))
  await world.sweep()
  assert.deepEqual((await fsck.status(world)).lost, { searching: 1, gone: 0 })
  await fsck.search(world.hostOf(only(on, 1)), only(on, 1))
  await world.sweep()
  assert.deepEqual((await fsck.status(world)).lost, { searching: 0, gone: 1 })
  assert.equal((await fsck.events(world)).at(-1), `GONE ${fid}`)
  await assertRowsSound(world)

  const back = await world.addHost()
  const [deviceId] = back.deviceIds
  assert.ok(deviceId !== undefined)
  back.disk(deviceId).add(fid)
  await fsck.search(back, deviceId)
  assert.equal((await fsck.events(world)).at(-1), `FOND ${fid} on ${deviceId}`, 'a disk came back')
})

test('a narrow run looks at its own files alone, and at no others’ bytes', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  const wanted = await world.put('photos/1', 'x', { class: 'thumb' })
  await world.put('photos/2')
  await world.put('other', 'x', { class: 'thumb' })
  await fsck.start(world, { domain: 'demo', class: 'thumb', prefix: 'photos/', check: 'sizes' })
  const { copies, isWhole } = await fsck.windowOf(world.host(0), deviceId)
  assert.deepEqual([copies.map(({ fid }) => fid), isWhole], [[wanted.fid], false])
})

test('what a run cannot be about is refused', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const code = async (json: object) => (await world.call('POST', '/v1/admin/fsck', { json })).code
  assert.equal(await code({ domain: 'nowhere' }), 'unreg_domain')
  assert.equal(await code({ domain: 'demo', class: 'nope' }), 'unreg_class')
  assert.equal(await code({ deviceId: 99 }), 'no_device')
  assert.equal(await code({ prefix: 'a' }), 'invalid_request')
  const change = async (fsckId: number, state: string) =>
    (await world.call('PATCH', `/v1/admin/fsck/${fsckId}`, { json: { state } })).code
  assert.equal(await change(99, 'paused'), 'unknown_fsck')
  assert.equal(await change(0, 'stopped'), 'invalid_request')
  const fsckId = await fsck.start(world)
  assert.equal(await change(fsckId, 'stopped'), undefined)
  assert.equal(await change(fsckId, 'running'), 'fsck_over')
})
