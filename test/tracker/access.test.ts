// Who may do what: every door asks for a key, each verb for its scope, a domain's key stays there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddedApiKey, AddedHost, NewDomain, Scope } from '#shared/wire/admin.ts'
import { CALLER_TTL_MS } from '#tracker/auth/caller.ts'
import type { Method } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const addKey = (world: World, scopes: readonly Scope[], domain?: string) =>
  world.ask(AddedApiKey, 'POST', '/v1/admin/keys', { json: { label: 'some', domain, scopes } })

/** Every verb on a domain, and the scope that it needs. */
const verbs: readonly [Method, string, Scope][] = [
  ['POST', '/v1/domains/demo/uploads', 'write'],
  ['POST', '/v1/domains/demo/uploads/7/close', 'write'],
  ['DELETE', '/v1/domains/demo/uploads/7', 'write'],
  ['PUT', '/v1/domains/demo/files/none', 'write'],
  ['PATCH', '/v1/domains/demo/files/none', 'write'],
  ['PATCH', '/v1/domains/demo/file?key=none', 'write'],
  ['GET', '/v1/domains/demo/files/none', 'read'],
  ['HEAD', '/v1/domains/demo/files/none', 'read'],
  ['GET', '/v1/domains/demo/file?key=none', 'read'],
  ['GET', '/v1/domains/demo/paths/none', 'read'],
  ['GET', '/v1/domains/demo/paths?key=none', 'read'],
  ['GET', '/v1/domains/demo/info/none', 'read'],
  ['GET', '/v1/domains/demo/files', 'list'],
  ['DELETE', '/v1/domains/demo/files/none', 'delete'],
  ['DELETE', '/v1/domains/demo/file?key=none', 'delete'],
]
const adminDoors = ['domains', 'hosts', 'devices', 'keys', 'settings', 'stats'].map(
  (noun) => `/v1/admin/${noun}`,
)

test('no door opens without a key, with an unknown key, or with another scheme', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const doors: readonly [Method, string][] = [
    ...verbs.map(([method, path]): [Method, string] => [method, path]),
    ...adminDoors.map((path): [Method, string] => ['GET', path]),
    ['POST', '/v1/admin/domains'],
    ['PATCH', '/v1/admin/settings'],
    ['POST', '/v1/agent/sync'],
    ['POST', '/v1/agent/commit'],
    ['POST', '/v1/agent/inventory'],
  ]
  for (const [method, path] of doors) {
    const keyless = await world.call(method, path, { key: '' })
    assert.equal(keyless.status, 401, `${method} ${path}`)
    assert.equal(keyless.headers.get('www-authenticate'), 'Bearer')
    if (method !== 'HEAD') assert.equal(keyless.code, 'unauthorized')
    const basic = { key: '', headers: { authorization: `Basic ${world.adminKey}` } }
    assert.equal((await world.call(method, path, basic)).status, 401, `${method} ${path}`)
  }
  for (const [method, path] of verbs)
    assert.equal((await world.call(method, path, { key: 'mog_guessed' })).status, 401)
})

test('each verb asks for its own scope, and for no other', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  for (const [method, path, scope] of verbs) {
    const others = Scope.options.filter((each) => each !== scope && each !== 'admin')
    const without = await addKey(world, others)
    const refused = await world.call(method, path, { key: without.key })
    assert.equal(refused.status, 403, `${method} ${path} without ${scope}`)

    const just = await addKey(world, [scope], 'demo')
    const allowed = await world.call(method, path, { key: just.key })
    assert.ok(![401, 403].includes(allowed.status), `${method} ${path}: ${allowed.status}`)
  }
})

test('a key of one domain is refused in every other, admin or not', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.ask(NewDomain, 'POST', '/v1/admin/domains', { json: { name: 'other' } })
  const everything = Scope.options.filter((scope) => scope !== 'admin')
  for (const scopes of [everything, ['admin'] as const]) {
    const { key } = await addKey(world, scopes, 'demo')
    for (const [method, path] of verbs) {
      const elsewhere = path.replace('/demo/', '/other/')
      const { status } = await world.call(method, elsewhere, { key })
      assert.equal(status, 403, `${method} ${elsewhere}`)
    }
  }
})

test('only an admin of the whole cluster enters the admin doors', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const keys = [
    await addKey(world, ['read', 'write', 'list', 'delete']),
    await addKey(world, ['admin'], 'demo'),
  ]
  for (const path of adminDoors) {
    for (const { key } of keys)
      assert.equal((await world.call('GET', path, { key })).code, 'forbidden', path)
    assert.equal((await world.call('GET', path)).status, 200, path)
  }
})

test('a revoked key is refused by every tracker within the promised time', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  const { apiKeyId, key } = await addKey(world, ['list'])
  const list = (at: number) => world.call('GET', '/v1/domains/demo/files', { key, at })
  for (const at of [0, 1]) assert.equal((await list(at)).status, 200)

  assert.equal((await world.call('DELETE', `/v1/admin/keys/${apiKeyId}`)).status, 204)
  world.clock.advance(CALLER_TTL_MS)
  for (const at of [0, 1]) assert.equal((await list(at)).code, 'unauthorized')
  assert.equal((await world.call('DELETE', `/v1/admin/keys/${apiKeyId}`)).code, 'unknown_api_key')
})

test('a key that was refused before it was made works within the same time', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { apiKeyId, key } = await addKey(world, ['list'])
  const list = () => world.call('GET', '/v1/domains/demo/files', { key })
  await world.sql(
    'update api_key set key_hash = key_hash || $2 where api_key_id = $1',
    apiKeyId,
    '-',
  )
  assert.equal((await list()).code, 'unauthorized')
  await world.sql(`update api_key set key_hash = rtrim(key_hash, '-')`)
  world.clock.advance(CALLER_TTL_MS)
  assert.equal((await list()).status, 200)
})

test('the keys are listed without their secrets', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { key } = await addKey(world, ['read'], 'demo')
  const { body } = await world.call('GET', '/v1/admin/keys')
  const listed = JSON.stringify(body)
  assert.ok(listed.includes('"domain":"demo"'))
  assert.ok(!listed.includes(key.slice(4)))
  const nowhere = { json: { label: 'x', domain: 'nowhere', scopes: ['read'] } }
  assert.equal((await world.call('POST', '/v1/admin/keys', nowhere)).code, 'unreg_domain')
})

test('an API key is no credential of an agent, and an agent has no API key', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const sync = { protocol: 1, version: '', url: 'http://h:1', keyVersion: 0, devices: [], want: 1 }
  const asAgent = await world.call('POST', '/v1/agent/sync', { json: sync })
  assert.equal(asAgent.code, 'unauthorized')
  const [device] = world.host(0).deviceIds
  const { code } = await world.host(0).ask('commit', { fid: 1, deviceId: device, receipt: 'x' })
  assert.equal(code, 'invalid_receipt', 'the credential was good')
})

test('an enrollment token admits one agent, once', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const added = await world.ask(AddedHost, 'POST', '/v1/admin/hosts', { json: { name: 'new' } })
  const json = { protocol: 1, token: added.enrollmentToken, url: 'http://h:1', newDevices: 1 }
  const enroll = () => world.call('POST', '/v1/agent/enroll', { key: '', json })
  const answers = await Promise.all(Array.from({ length: 8 }, enroll))
  const codes = answers.map(({ status, code }) => code ?? status)
  assert.equal(codes.filter((code) => code === 201).length, 1)
  assert.equal(codes.filter((code) => code === 'invalid_enrollment').length, 7)
  const devices = await world.sql(`select from device join host using (host_id) where name = 'new'`)
  assert.equal(devices.length, 1)
})

test('an agent that is installed anew takes the place of the one before', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { name } = world.host(0)
  const path = `/v1/admin/hosts/${name}/token`
  const { enrollmentToken: token } = await world.ask(AddedHost, 'POST', path)
  const json = { protocol: 1, token, url: 'http://h:1', newDevices: 0 }
  const enrolled = await world.call('POST', '/v1/agent/enroll', { key: '', json })
  assert.equal(enrolled.status, 201)
  const [deviceId] = world.host(0).deviceIds
  const old = await world.host(0).ask('commit', { fid: 1, deviceId, receipt: 'x' })
  assert.equal(old.code, 'unauthorized')
  const unknown = await world.call('POST', '/v1/admin/hosts/nowhere/token')
  assert.equal(unknown.code, 'unknown_host')
})

test('there is nothing at an unknown URL, and that is no secret', async () => {
  await using world = await trackerWorld({ hosts: 0 })
  for (const path of ['/', '/v1', '/v1/domains', '/v1/domains/demo', '/v2/x', '/healthy'])
    assert.equal((await world.call('GET', path, { key: '' })).code, 'unknown_route', path)
  assert.equal((await world.call('GET', '/health', { key: '' })).status, 200)
})
