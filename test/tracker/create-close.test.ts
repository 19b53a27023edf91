// Closing an upload on a node's receipt (MogileFS Q02). A refusal loses nothing: the right close
// still works. Asking again what was answered gives the same answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fid } from '#shared/ids.ts'
import { Device, NewDomain } from '#shared/wire/admin.ts'
import { FileCopies } from '#shared/wire/files.ts'
import { Closed } from '#shared/wire/uploads.ts'
import { parseAnswer } from '../support/tracker-call.ts'
import { measured, type World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const NewDevice = Device.pick({ deviceId: true })

const info = (world: World, key: string) =>
  world.ask(FileCopies, 'GET', `/v1/domains/demo/info/${key}`)

const close = (world: World, fid: number | string, json: object, domain = 'demo') =>
  world.call('POST', `/v1/domains/${domain}/uploads/${fid}/close`, { json })

test('a close with the receipt makes the file what the node stored', async () => {
  await using world = await trackerWorld()
  const metadata = { owner: 'zoë' }
  const upload = await world.open('a', { contentType: 'text/plain', metadata })
  const stored = world.write(upload, 'hello')
  const closed = parseAnswer(Closed, await world.close(stored))
  assert.deepEqual(closed, { fid: upload.fid, replacedFid: null })

  const { createdAtMs, ...file } = await info(world, 'a')
  assert.deepEqual(file, {
    domain: 'demo',
    key: 'a',
    fid: upload.fid,
    class: 'default',
    ...measured('hello'),
    contentType: 'text/plain',
    metadata,
    deviceIds: [stored.deviceId],
    copies: [{ deviceId: stored.deviceId, verifiedAtMs: null }],
  })
  assert.ok(Math.abs(createdAtMs - Date.now()) < 60_000)
  assert.deepEqual(await world.sql('select fid from upload'), [])
})

test('an overwrite replaces the file at once, and names what it replaced', async () => {
  await using world = await trackerWorld()
  const before = await world.put('a', 'before')
  const after = world.write(await world.open('a'), 'after')
  assert.equal((await info(world, 'a')).fid, before.fid, 'the old one until the close')

  const closed = parseAnswer(Closed, await world.close(after))
  assert.deepEqual(closed, { fid: after.fid, replacedFid: before.fid })
  assert.equal((await info(world, 'a')).checksum, after.checksum)
  assert.deepEqual(await world.sql('select fid from tombstone'), [{ fid: before.fid }])
})

test('the other copies are ordered with the close, on other hosts', async () => {
  await using world = await trackerWorld({ hosts: 3, devicesPerHost: 2 })
  const { deviceId, fid } = await world.put('a')
  const jobs = await world.sql('select fid, kind, priority from job')
  assert.deepEqual(jobs, [{ fid, kind: 'replicate', priority: 1 }])
  const [job] = await world.sql<{ host_id: number }>('select host_id from job')
  assert.notEqual(job?.host_id, world.hostOf(deviceId).hostId)
})

test('no two copies are ordered on one host, however many the class wants', async () => {
  await using world = await trackerWorld({ hosts: 3, devicesPerHost: 2 })
  const four = { json: { name: 'four', copies: 4 } }
  await world.call('POST', '/v1/admin/domains/demo/classes', four)
  for (let n = 0; n < 8; n++) await world.put(`${n}`, 'x', { class: 'four' })
  const doubled = await world.sql(
    'select fid, host_id from job group by fid, host_id having count(*) > 1',
  )
  assert.deepEqual(doubled, [])
  assert.equal((await world.sql('select from job')).length, 16)
  assert.equal((await world.sql('select from shortfall')).length, 8)
})

test('the copy goes to a target after the used one: those before failed the client', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const upload = await world.open('a')
  await world.close(world.write(upload, 'a', 1))
  const jobs = await world.sql('select device_id from job')
  assert.deepEqual(jobs, [{ device_id: upload.targets[2]?.deviceId }])
})

test('a file of one copy orders none; one host alone writes down why it cannot', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('thumb', 'x', { class: 'thumb' })
  assert.deepEqual(await world.sql('select from job union all select from shortfall'), [])
  const { fid } = await world.put('two')
  assert.deepEqual(await world.sql('select from job'), [])
  const shortfalls = await world.sql('select fid, reason from shortfall')
  assert.deepEqual(shortfalls, [{ fid, reason: 'too few hosts were offered' }])
})

test('bytes that are not what the open promised close nothing, the right ones do', async () => {
  await using world = await trackerWorld()
  const promised = measured('right')
  for (const [key, request, code] of [
    ['size', { bytes: promised.bytes }, 'size_mismatch'],
    ['checksum', { checksum: promised.checksum }, 'checksum_mismatch'],
  ] as const) {
    const upload = await world.open(key, request)
    assert.equal((await world.close(world.write(upload, 'wrong!'))).code, code)
    assert.equal((await world.call('GET', `/v1/domains/demo/info/${key}`)).code, 'unknown_key')
    assert.equal((await world.close(world.write(upload, 'right', 1))).status, 200)
  }
})

test('what a client says at the close is held against the receipt too', async () => {
  await using world = await trackerWorld()
  const stored = world.write(await world.open('a'), 'hello')
  const { fid, deviceId } = stored
  const receipt = world.hostOf(deviceId).receipt(stored)
  const other = measured('other!')
  const sized = await close(world, fid, { deviceId, receipt, bytes: other.bytes })
  assert.equal(sized.code, 'size_mismatch')
  const summed = await close(world, fid, { deviceId, receipt, checksum: other.checksum })
  assert.equal(summed.code, 'checksum_mismatch')
  const right = { deviceId, receipt, bytes: stored.bytes, checksum: stored.checksum }
  assert.equal((await close(world, fid, right)).status, 200)
})

test('an expired upload cannot be closed', async () => {
  await using world = await trackerWorld()
  const stored = world.write(await world.open('a'), 'hello')
  await world.sql('update upload set expires_at = now()')
  assert.equal((await world.close(stored)).code, 'no_temp_file')
  assert.deepEqual(await world.sql('select from file'), [])
})

test('an upload of another domain is not there', async () => {
  await using world = await trackerWorld()
  await world.ask(NewDomain, 'POST', '/v1/admin/domains', { json: { name: 'other' } })
  const stored = world.write(await world.open('a'), 'hello')
  const { fid, deviceId } = stored
  const receipt = world.hostOf(deviceId).receipt(stored)
  for (const domain of ['other', 'nowhere'])
    assert.equal((await close(world, fid, { deviceId, receipt }, domain)).code, 'no_temp_file')
  assert.equal((await world.close(stored)).status, 200)
  assert.equal((await close(world, fid, { deviceId, receipt }, 'other')).code, 'no_temp_file')
})

test('a device that was not offered cannot close, whatever it stored', async () => {
  await using world = await trackerWorld({ hosts: 5 })
  const upload = await world.open('a')
  const offered = new Set(upload.targets.map(({ deviceId }) => deviceId))
  const deviceId = world.hosts.flatMap((host) => host.deviceIds).find((id) => !offered.has(id))
  assert.ok(deviceId !== undefined)
  const stranger = { fid: upload.fid, deviceId, ...measured('hello') }
  assert.equal((await world.close(stranger)).code, 'invalid_destdev')
  const nobody = await close(world, upload.fid, { deviceId: 999, receipt: 'x' })
  assert.equal(nobody.code, 'invalid_destdev')
  assert.equal((await world.close(world.write(upload, 'hello'))).status, 200)
})

test('a device that died since the open closes nothing: its copy would be the last', async () => {
  await using world = await trackerWorld()
  const upload = await world.open('a')
  const stored = world.write(upload, 'hello')
  await world.mark('devices', stored.deviceId, 'dead')
  const refused = await world.close(stored)
  assert.deepEqual([refused.code, refused.status], ['device_unavailable', 503])
  assert.equal((await world.call('GET', '/v1/domains/demo/info/a')).code, 'unknown_key')
  assert.equal((await world.close(world.write(upload, 'hello', 1))).status, 200)
})

test('a device that joined a moment ago is known when it closes', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  await world.put('warm', 'x', {}, 1) // the second tracker has looked at the cluster
  const json = { host: world.host(0).name }
  const { deviceId } = await world.ask(NewDevice, 'POST', '/v1/admin/devices', { json })
  const { fid } = await world.open('a', { class: 'thumb' })
  await world.sql('update upload set device_ids = $1 where fid = $2', [deviceId], fid)
  const receipt = world.host(0).receipt({ fid, deviceId, ...measured('a') })
  const path = `/v1/domains/demo/uploads/${fid}/close`
  const closed = await world.call('POST', path, { json: { deviceId, receipt }, at: 1 })
  assert.equal(closed.status, 200)
})

test('a close whose answer was lost is answered the same again, by any tracker', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  await world.put('a', 'before')
  const stored = world.write(await world.open('a'), 'after')
  const first = parseAnswer(Closed, await world.close(stored))
  assert.notEqual(first.replacedFid, null)
  for (const at of [0, 1, 0]) assert.deepEqual((await world.close(stored, at)).body, first)
  assert.deepEqual(await world.sql('select count(*) from file'), [{ count: 1 }])
  assert.deepEqual(await world.sql('select count(*) from tombstone'), [{ count: 1 }])
})

test('once it was replaced or deleted, the same close is refused and revives nothing', async () => {
  await using world = await trackerWorld()
  const replaced = await world.put('a', 'before')
  const { fid } = await world.put('a', 'after')
  assert.equal((await world.close(replaced)).code, 'no_temp_file')
  assert.equal((await info(world, 'a')).fid, fid)

  const deleted = await world.put('b')
  await world.call('DELETE', '/v1/domains/demo/files/b')
  assert.equal((await world.close(deleted)).code, 'no_temp_file')
  assert.equal((await world.call('GET', '/v1/domains/demo/info/b')).code, 'unknown_key')
})

test('a closed upload does not close again with other bytes', async () => {
  await using world = await trackerWorld()
  const upload = await world.open('a')
  await world.close(world.write(upload, 'first'))
  assert.equal((await world.close(world.write(upload, 'second', 1))).code, 'no_temp_file')
  assert.equal((await info(world, 'a')).checksum, measured('first').checksum)
})

test('a number that is no fid, or of no upload, is refused', async () => {
  await using world = await trackerWorld()
  const stored = world.write(await world.open('a'), 'a')
  const { deviceId } = stored
  const receipt = world.hostOf(deviceId).receipt({ ...stored, fid: Fid.parse(999) })
  const unknown = await close(world, 999, { deviceId, receipt })
  assert.equal(unknown.code, 'no_temp_file')
  for (const fid of [0, -1, 1.5, Number.NaN, 1e300, '1e3', '0x1', '01', '+1', '%201'])
    assert.equal((await close(world, fid, { deviceId, receipt: 'x' })).code, 'invalid_request')
})
