// What operators do: domains and classes, hosts and devices, settings (MogileFS Q12-Q24), each
// refusal by its code.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultSettings, Settings } from '#shared/settings.ts'
import { AddedHost, DeviceList, DomainList, HostList, Stats } from '#shared/wire/admin.ts'
import type { Method } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

/** The code of a refusal, or the status of a success. */
async function outcome(world: World, method: Method, path: string, json?: unknown) {
  const { code, status } = await world.call(method, `/v1/admin/${path}`, { json })
  return code ?? status
}

/** What a class asks for where nobody said anything. */
const plain = {
  policy: 'MultipleHosts()',
  checksumKind: 'SHA-256',
  commitAt: 1,
  trashS: 0,
  cacheS: null,
  publicRead: false,
}

test('domains come, get quotas and go', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  assert.equal(await outcome(world, 'POST', 'domains', { name: 'photos', quotaFiles: 10 }), 201)
  const domains = async () => (await world.ask(DomainList, 'GET', '/v1/admin/domains')).domains
  const unbounded = { quotaBytes: null, quotaFiles: null }
  const twoCopies = { name: 'default', copies: 2, ...plain }
  assert.deepEqual(await domains(), [
    { name: 'demo', ...unbounded, classes: [twoCopies, { name: 'thumb', copies: 1, ...plain }] },
    { name: 'photos', quotaBytes: null, quotaFiles: 10, classes: [twoCopies] },
  ])
  assert.equal(await outcome(world, 'PATCH', 'domains/photos', { quotaBytes: 5 }), 200)
  const [, photos] = await domains()
  assert.deepEqual([photos?.quotaBytes, photos?.quotaFiles], [5, 10])
  assert.equal(await outcome(world, 'PATCH', 'domains/photos', unbounded), 200)
  assert.equal((await domains())[1]?.quotaFiles, null)
  assert.equal(await outcome(world, 'DELETE', 'domains/photos'), 204)
})

test('classes come, change in what is named and go', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const classes = 'domains/demo/classes'
  const asked = {
    copies: 3,
    policy: 'MultipleHosts()',
    checksumKind: 'MD5',
    commitAt: 2,
    trashS: 86_400,
    cacheS: 60,
    publicRead: true,
  }
  const added = await world.call('POST', `/v1/admin/${classes}`, {
    json: { name: 'raw', ...asked },
  })
  assert.deepEqual([added.status, added.body], [201, { name: 'raw', ...asked }])

  const raw = `/v1/admin/${classes}/raw`
  const changed = await world.call('PATCH', raw, { json: { cacheS: null, publicRead: false } })
  const expected = { name: 'raw', ...asked, cacheS: null, publicRead: false }
  assert.deepEqual([changed.status, changed.body], [200, expected])
  assert.equal(await outcome(world, 'DELETE', `${classes}/raw`), 204)
})

test('of many who make the same domain or class at once, one does', async () => {
  await using world = await trackerWorld({ hosts: 0, trackers: 2 })
  for (const [path, json] of [
    ['domains', { name: 'photos' }],
    ['domains/demo/classes', { name: 'raw', copies: 1 }],
    ['hosts', { name: 'alpha' }],
  ] as const) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        world.call('POST', `/v1/admin/${path}`, { json, at: n % 2 }),
      ),
    )
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
    assert.deepEqual(statuses, [201, ...Array.from({ length: 9 }, () => 409)], path)
  }
})

test('hosts are added once, and marked', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const added = await world.ask(AddedHost, 'POST', '/v1/admin/hosts', { json: { name: 'alpha' } })
  assert.ok(added.enrollmentToken.length > 40)
  assert.equal(await outcome(world, 'PATCH', 'hosts/alpha', { state: 'down' }), 200)
  const { hosts } = await world.ask(HostList, 'GET', '/v1/admin/hosts')
  assert.deepEqual(
    hosts.map(({ name, state, url, silentMs }) => [name, state, url, silentMs === null]),
    [
      ['host-1', 'alive', world.host(0).url, false],
      ['alpha', 'down', null, true],
    ],
  )
})

test('devices are numbered, weighed and marked', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  assert.equal(await outcome(world, 'POST', 'devices', { host: 'host-1' }), 201)
  assert.equal(await outcome(world, 'PATCH', 'devices/2', { weight: 50, state: 'drain' }), 200)
  const { devices } = await world.ask(DeviceList, 'GET', '/v1/admin/devices')
  assert.deepEqual(
    devices.map(({ deviceId, host, state, weight, condition }) => [
      deviceId,
      host,
      state,
      weight,
      condition,
    ]),
    [
      [1, 'host-1', 'alive', 100, 'ok'],
      [2, 'host-1', 'drain', 50, null],
    ],
  )
})

test('a changed setting holds on every tracker within a second, null takes it back', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  const read = (at: number) => world.ask(Settings, 'GET', '/v1/admin/settings', { at })
  await read(1)
  assert.equal(await outcome(world, 'PATCH', 'settings', { leaseMs: 500, uploadMs: 5_000 }), 200)
  assert.deepEqual([(await read(0)).leaseMs, (await read(0)).uploadMs], [500, 5_000])
  world.look()
  assert.equal((await read(1)).leaseMs, 500)
  const back = {
    leaseMs: null,
    uploadMs: null,
    sweepMs: null,
    downAfterMs: null,
    rehomeAfterMs: null,
  }
  await outcome(world, 'PATCH', 'settings', back)
  assert.deepEqual(await read(0), defaultSettings)
})

test('a stored setting that is none any more is its default, and spoils no other', async () => {
  await using world = await trackerWorld({ hosts: 0 })
  await world.set({ uploadMs: 5_000 })
  await world.sql(`insert into setting (name, value) values ('leaseMs', '"soon"'), ('old', '1')`)
  world.look()
  const settings = await world.ask(Settings, 'GET', '/v1/admin/settings')
  assert.deepEqual([settings.leaseMs, settings.uploadMs], [defaultSettings.leaseMs, 5_000])
  const said = world.events.logged.filter(({ event }) => event === 'setting.invalid')
  assert.deepEqual(
    said.map(({ facts }) => facts),
    [{ settings: ['leaseMs'] }],
  )
})

test('a setting that is none, or out of its bounds, is refused, and all others too', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  for (const [json, code] of [
    [{ leaseMs: 500, nonsense: 1 }, 'not_writable'],
    [{ leaseMs: 500, __proto__x: 1 }, 'not_writable'],
    [{ leaseMs: 500, constructor: 1 }, 'not_writable'],
    [{ leaseMs: 99 }, 'invalid_request'],
    [{ leaseMs: 500, uploadMs: 1 }, 'invalid_request'],
    [{ leaseMs: '500' }, 'invalid_request'],
    [[], 'invalid_request'],
  ] as const)
    assert.equal(await outcome(world, 'PATCH', 'settings', json), code, JSON.stringify(json))
  const { leaseMs } = await world.ask(Settings, 'GET', '/v1/admin/settings')
  assert.equal(leaseMs, defaultSettings.leaseMs)
})

test('the stats say what waits, by reason and by host', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  await world.put('a')
  await world.put('b')
  await world.open('c')
  await world.call('DELETE', '/v1/domains/demo/files/b')
  await world.sql(`insert into shortfall (fid, reason) values (1, 'x'), (2, 'y'), (3, 'y')`)
  const stats = await world.ask(Stats, 'GET', '/v1/admin/stats')
  assert.deepEqual(stats.shortfalls, [
    { reason: 'y', files: 2 },
    { reason: 'x', files: 1 },
  ])
  assert.equal(
    stats.jobs.reduce((sum, { jobs }) => sum + jobs, 0),
    2,
  )
  assert.ok(stats.jobs.every(({ host, kind }) => host.startsWith('host-') && kind === 'replicate'))
  assert.deepEqual([stats.tombstones, stats.uploads], [1, 1])
})
