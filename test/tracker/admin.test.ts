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

test('domains come and go, but not with files in them', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  assert.equal(await outcome(world, 'POST', 'domains', { name: 'photos' }), 201)
  assert.equal(await outcome(world, 'POST', 'domains', { name: 'photos' }), 'domain_exists')
  assert.equal(await outcome(world, 'POST', 'domains', { name: '' }), 'invalid_request')
  const { domains } = await world.ask(DomainList, 'GET', '/v1/admin/domains')
  assert.deepEqual(domains, [
    {
      name: 'demo',
      classes: [
        { name: 'default', copies: 2 },
        { name: 'thumb', copies: 1 },
      ],
    },
    { name: 'photos', classes: [{ name: 'default', copies: 2 }] },
  ])
  await world.put('a')
  assert.equal(await outcome(world, 'DELETE', 'domains/demo'), 'domain_has_files')
  assert.equal(await outcome(world, 'DELETE', 'domains/photos'), 204)
  assert.equal(await outcome(world, 'DELETE', 'domains/photos'), 'unreg_domain')
})

test('classes come, change and go, but not with files in them, and `default` stays', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const classes = 'domains/demo/classes'
  assert.equal(await outcome(world, 'POST', classes, { name: 'raw', copies: 3 }), 201)
  assert.equal(await outcome(world, 'POST', classes, { name: 'raw', copies: 1 }), 'class_exists')
  for (const copies of [0, 11, 1.5, '2'])
    assert.equal(await outcome(world, 'POST', classes, { name: 'x', copies }), 'invalid_request')
  const nowhere = 'domains/nowhere/classes'
  assert.equal(await outcome(world, 'POST', nowhere, { name: 'x', copies: 1 }), 'unreg_domain')
  assert.equal(await outcome(world, 'PATCH', `${classes}/raw`, { copies: 1 }), 200)
  assert.equal(await outcome(world, 'PATCH', `${classes}/none`, { copies: 1 }), 'unreg_class')
  await world.put('a', 'a', { class: 'raw' })
  assert.equal(await outcome(world, 'DELETE', `${classes}/raw`), 'class_has_files')
  await world.call('DELETE', '/v1/domains/demo/files/a')
  assert.equal(await outcome(world, 'DELETE', `${classes}/raw`), 204)
  assert.equal(await outcome(world, 'DELETE', `${classes}/raw`), 'unreg_class')
  assert.equal(await outcome(world, 'DELETE', `${classes}/default`), 'nodel_default_class')
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
  assert.equal(await outcome(world, 'POST', 'hosts', { name: 'alpha' }), 'host_exists')
  assert.equal(await outcome(world, 'PATCH', 'hosts/none', { state: 'down' }), 'unknown_host')
  assert.equal(await outcome(world, 'PATCH', 'hosts/alpha', { state: 'drain' }), 'invalid_request')
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
  assert.equal(await outcome(world, 'POST', 'devices', { host: 'none' }), 'unknown_host')
  assert.equal(await outcome(world, 'PATCH', 'devices/2', { weight: 50, state: 'drain' }), 200)
  assert.equal(await outcome(world, 'PATCH', 'devices/99', { weight: 50 }), 'no_device')
  for (const json of [{}, { weight: -1 }, { weight: 'abc' }, { state: 'asleep' }])
    assert.equal(await outcome(world, 'PATCH', 'devices/2', json), 'invalid_request')
  assert.equal(await outcome(world, 'PATCH', 'devices/abc', { weight: 1 }), 'invalid_request')
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
