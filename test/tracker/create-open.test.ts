// Opening an upload: where the bytes may go (MogileFS Q01), and what the URLs allow.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DeviceState, HostState } from '#shared/states.ts'
import { Class } from '#shared/wire/admin.ts'
import type { DeviceGauge } from '#shared/wire/agents.ts'
import type { Upload } from '#shared/wire/uploads.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const uploads = '/v1/domains/demo/uploads'
const devicesOf = ({ targets }: Upload): number[] => targets.map(({ deviceId }) => deviceId)

/** All devices that some opens were offered. */
async function offered(world: World, opens = 12): Promise<Set<number>> {
  const all = await Promise.all(Array.from({ length: opens }, () => world.open('a')))
  return new Set(all.flatMap(devicesOf))
}

test('three targets are offered, on three hosts, whichever disks they have', async () => {
  await using world = await trackerWorld({ hosts: 3, devicesPerHost: 3 })
  for (let n = 0; n < 20; n++) {
    const hosts = devicesOf(await world.open('a')).map((id) => world.hostOf(id).name)
    assert.equal(new Set(hosts).size, 3)
  }
})

test('a class of one copy is offered three targets too, one of five copies five', async () => {
  await using world = await trackerWorld({ hosts: 6 })
  assert.equal((await world.open('a', { class: 'thumb' })).targets.length, 3)
  const five = { json: { name: 'five', copies: 5 } }
  await world.ask(Class, 'POST', '/v1/admin/domains/demo/classes', five)
  assert.equal((await world.open('a', { class: 'five' })).targets.length, 5)
})

test('fewer hosts than copies are offered what they have', async () => {
  await using world = await trackerWorld({ hosts: 1, devicesPerHost: 2 })
  assert.equal((await world.open('a')).targets.length, 2)
})

test('a URL allows a PUT of this fid, size and device until the upload expires', async () => {
  await using world = await trackerWorld()
  const upload = await world.open('a', { bytes: 1_234 })
  const untilS = Math.floor(Date.parse(upload.expiresAt) / 1000)
  for (const { deviceId, url } of upload.targets) {
    const host = world.hostOf(deviceId)
    const ticket = host.ticketOf(url, 'PUT', world.clock.nowMs())
    assert.deepEqual(ticket, { verb: 'PUT', fid: upload.fid, deviceId, untilS, maxBytes: 1_234 })
    assert.throws(() => host.ticketOf(url, 'GET', world.clock.nowMs()), { code: 'ticket_invalid' })
    assert.throws(() => host.ticketOf(url, 'PUT', untilS * 1000), { code: 'ticket_expired' })
  }
})

test('an upload lives as long as the setting says', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.set({ uploadMs: 120_000 })
  const expiresInMs = Date.parse((await world.open('a')).expiresAt) - Date.now()
  assert.ok(expiresInMs > 60_000 && expiresInMs <= 120_000, `${expiresInMs}`)
})

test('nothing is in the namespace before the close', async () => {
  await using world = await trackerWorld()
  await world.open('a')
  assert.equal((await world.call('GET', '/v1/domains/demo/info/a')).code, 'unknown_key')
})

test('each open has a fid of its own, also of the same key at once', async () => {
  await using world = await trackerWorld()
  const opened = await Promise.all(Array.from({ length: 20 }, () => world.open('same')))
  assert.equal(new Set(opened.map(({ fid }) => fid)).size, 20)
})

test('an unknown domain and an unknown class are told apart', async () => {
  await using world = await trackerWorld()
  const open = (domain: string, json: object) =>
    world.call('POST', `/v1/domains/${domain}/uploads`, { json })
  assert.equal((await open('nowhere', { key: 'a' })).code, 'unreg_domain')
  assert.equal((await open('demo', { key: 'a', class: 'none' })).code, 'unreg_class')
  assert.equal((await open('nowhere', { key: 'a', class: 'none' })).code, 'unreg_domain')
})

test('a file that no disk has room for is refused for now, and may be tried later', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const [first, second] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined)
  await world.measure(first, { bytesFree: 150_000_000 }) // 100 MB stay free
  await world.measure(second, { bytesFree: 110_000_000 })

  assert.deepEqual(devicesOf(await world.open('a', { bytes: 50_000_000 })), [first])
  const refused = await world.call('POST', uploads, { json: { key: 'a', bytes: 50_000_001 } })
  assert.equal(refused.code, 'no_devices')
  assert.equal(refused.status, 503)
  assert.ok(Number(refused.headers.get('retry-after')) > 0)

  await world.set({ minFreeBytes: 0 })
  assert.deepEqual(devicesOf(await world.open('a', { bytes: 110_000_001 })), [first])
})

test('a cluster without a disk refuses every file', async () => {
  await using world = await trackerWorld({ hosts: 0 })
  assert.equal((await world.call('POST', uploads, { json: { key: 'a' } })).code, 'no_devices')
  // a name that is not there will not be there when a disk is
  const json = { key: 'a', class: 'none' }
  assert.equal((await world.call('POST', uploads, { json })).code, 'unreg_class')
  const nowhere = uploads.replace('demo', 'nowhere')
  assert.equal((await world.call('POST', nowhere, { json })).code, 'unreg_domain')
})

test('a full, a readonly and a fenced disk are not offered until they are well', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  const ills: DeviceGauge['condition'][] = ['full', 'readonly', 'fenced']
  for (const condition of ills) {
    await world.measure(deviceId, { condition })
    assert.ok(!(await offered(world)).has(deviceId), condition)
  }
  await world.measure(deviceId, { condition: 'ok' })
  assert.ok((await offered(world)).has(deviceId))
})

test('a disk that an operator took out of service is not offered', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  const states: DeviceState[] = ['readonly', 'drain', 'down', 'dead']
  for (const state of states) {
    await world.mark('devices', deviceId, state)
    assert.ok(!(await offered(world)).has(deviceId), state)
  }
})

test('no disk of a host that an operator took out of service is offered', async () => {
  await using world = await trackerWorld({ hosts: 3, devicesPerHost: 2 })
  const host = world.host(0)
  for (const state of HostState.options.filter((each) => each !== 'alive')) {
    await world.mark('hosts', host.name, state)
    const devices = await offered(world)
    assert.ok(
      host.deviceIds.every((id) => !devices.has(id)),
      state,
    )
  }
  await world.mark('hosts', host.name, 'alive')
  assert.ok(host.deviceIds.some((id) => world.hostOf(id) === host))
})

test('a host that fell silent is not offered any more, and again when it is heard', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await world.set({ downAfterMs: 60_000 })
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  await world.sql(`update host set seen_at = now() - interval '50 s' where name = 'host-1'`)
  world.look()
  assert.ok((await offered(world)).has(deviceId), 'not silent for long enough')

  await world.sql(`update host set seen_at = now() - interval '61 s' where name = 'host-1'`)
  world.look()
  assert.ok(!(await offered(world)).has(deviceId))

  await world.host(0).sync()
  world.look()
  assert.ok((await offered(world)).has(deviceId))
})

test('a host that was added and never came is not offered', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  await world.call('POST', '/v1/admin/hosts', { json: { name: 'absent' } })
  const added = await world.call('POST', '/v1/admin/devices', { json: { host: 'absent' } })
  assert.equal(added.status, 201)
  world.look()
  assert.equal((await offered(world)).size, 2)
})
