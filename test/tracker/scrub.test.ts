// The scrub: lap after lap over every device, and when each copy was last looked at.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '#shared/ids.ts'
import { FileCopies } from '#shared/wire/files.ts'
import { FindingsRequest } from '#shared/wire/looks.ts'
import { takeFindings } from '#tracker/db/looks.ts'
import { seededRandom } from '../placement/device.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import * as fsck from './looking.ts'
import { seedFiles } from './seed.ts'

const FIDS = 40

/** The device of a world with one. */
function onlyDevice(world: World): DeviceId {
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  return deviceId
}

const periodPasses = (world: World) =>
  world.sql(`update look set lap_at = lap_at - interval '31 d' where fsck_id = 0`)

test('a device is scrubbed a period after it came, and again a period after that', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [host, deviceId] = [world.host(0), onlyDevice(world)]
  await seedFiles(world, FIDS, [deviceId])
  const isAsked = async () => (await host.sync()).devices[0]?.look
  for (let lap = 0; lap < 2; lap++) {
    await world.sweep()
    assert.equal(await isAsked(), undefined)
    await periodPasses(world)
    await world.sweep()
    assert.equal(await isAsked(), true)
    await fsck.lookAt(host, deviceId)
  }
  assert.equal((await fsck.runOf(world, 0)).devices[0]?.files, FIDS)
})

test('what is written while a lap is under way is for the next one', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [host, deviceId] = [world.host(0), onlyDevice(world)]
  await seedFiles(world, 2, [deviceId])
  await periodPasses(world)
  await world.sweep()
  const before = await fsck.windowOf(host, deviceId)
  await world.put('later', 'x', { class: 'thumb' })
  assert.deepEqual((await fsck.windowOf(host, deviceId)).copies, before.copies)
})

test('the pace of the scrub is that of the settings, and 0 is off', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [host, deviceId] = [world.host(0), onlyDevice(world)]
  await seedFiles(world, 2, [deviceId])
  await periodPasses(world)
  await world.sweep()
  await world.set({ scrubBytesPerS: 1_000, scrubFilesPerS: 7 })
  const { bytesPerS, filesPerS } = await fsck.windowOf(host, deviceId)
  assert.deepEqual([bytesPerS, filesPerS], [1_000, 7])
  await world.set({ scrubBytesPerS: 0 })
  assert.equal((await host.sync()).devices[0]?.look, undefined)
  assert.deepEqual((await host.ask('look', { deviceId })).body, { window: null })
})

test('a run that somebody began comes before the scrub', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [host, deviceId] = [world.host(0), onlyDevice(world)]
  await seedFiles(world, 2, [deviceId])
  await periodPasses(world)
  await world.sweep()
  const fsckId = await fsck.start(world, { check: 'sizes' })
  assert.equal((await fsck.windowOf(host, deviceId)).fsckId, fsckId)
  await fsck.lookAt(host, deviceId)
  assert.equal((await fsck.windowOf(host, deviceId)).fsckId, 0)
})

test('each copy is told with when it was last looked at, over laps of all kinds', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [host, deviceId] = [world.host(0), onlyDevice(world)]
  const fids = await seedFiles(world, FIDS, [deviceId])
  await world.sql(`update file set created_at = now() - interval '365 d'`)
  const random = seededRandom(77)
  const expected = new Map<number, number>()
  for (let lap = 1; lap <= 6; lap++) {
    await fsck.start(world)
    for (let isDone = false; !isDone; ) {
      const window = await fsck.windowOf(host, deviceId)
      const step = 1 + Math.floor(random() * 15)
      const toFid = Math.min(window.toFid, window.fromFid + step)
      await fsck.reportTo(host, deviceId, window, {}, toFid)
      // hours pass: what was looked at lies further back
      const hours = random() < 0.5 ? 0 : 2
      for (const [fid, ago] of expected) expected.set(fid, ago + hours)
      const looked = fids.filter((fid) => fid >= window.fromFid && fid <= toFid)
      for (const fid of looked) expected.set(fid, hours)
      await world.sql(`update verified set verified_at = verified_at - $1 * interval '1 h'`, hours)
      isDone = toFid === window.toFid || (lap === 6 && toFid > FIDS / 2)
    }
    await world.sql(`update fsck set state = 'done' where fsck_id > 0`)
  }
  const nowMs = Date.now()
  for (const [n, fid] of fids.entries()) {
    const file = await world.ask(FileCopies, 'GET', `/v1/domains/demo/info/seed%2F${n + 1}`)
    const verifiedAtMs = file.copies[0]?.verifiedAtMs
    assert.ok(typeof verifiedAtMs === 'number')
    const agoH = (nowMs - verifiedAtMs) / 3_600_000
    // neighbours of one hour share a row, so it may be told up to an hour too early
    assert.ok(Math.abs(agoH - (expected.get(fid) ?? 0)) < 1, `fid ${fid}: ${agoH} h`)
  }
  const rows = await world.sql('select from verified')
  assert.ok(rows.length <= FIDS, `${rows.length} rows`)
})

test('a stretch of a narrow run says nothing of the others in it', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [host, deviceId] = [world.host(0), onlyDevice(world)]
  await seedFiles(world, 5, [deviceId])
  await fsck.start(world, { domain: 'demo', prefix: 'seed/1' })
  await fsck.lookAt(host, deviceId)
  assert.deepEqual(await world.sql('select from verified'), [])
})

test('the log is pruned, and runs that are long over go', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.sql(`insert into fsck_event (fsck_id, fid, code)
    select 0, 1, 'MISS' from generate_series(1, 100500)`)
  await world.sweep()
  const [count] = await world.sql<{ n: number }>('select count(*)::int as n from fsck_event')
  assert.equal(count?.n, 100_000)
  for (let n = 0; n < 25; n++) {
    await fsck.start(world, { check: 'policy' })
    await world.sweep()
  }
  assert.equal((await fsck.status(world)).runs.length, 22, '20 that are over, the last, the scrub')
})

test('a report of a stretch that the window did not have is refused', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [host, deviceId] = [world.host(0), onlyDevice(world)]
  await seedFiles(world, 5, [deviceId])
  await fsck.start(world)
  const window = await fsck.windowOf(host, deviceId)
  assert.equal((await fsck.reportTo(host, deviceId, window, {}, window.toFid + 1)).status, 400)
  const report = { deviceId, fsckId: window.fsckId, fromFid: 1, toFid: 1, files: 0, bytes: 0 }
  const twice = [1, 1].map((fid) => ({ fid, code: 'UNKN' }))
  assert.equal((await host.ask('findings', { ...report, findings: twice })).code, 'invalid_request')
  const nobody = takeFindings('0'.repeat(64), FindingsRequest.parse({ ...report, findings: [] }))
  assert.deepEqual(await world.tracker().db.all(nobody), [])
})
