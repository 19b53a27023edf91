// Every refusal of administration (MogileFS sections 2 and 9), provoked over HTTP. A number that an
// operator would have to give in MogileFS (a device's) is given by the tracker here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProblemCode } from '#shared/problems.ts'
import type { Method } from '../support/tracker-call.ts'
import { trackerWorld } from '../support/world.ts'

type Refusal = readonly [ProblemCode, Method, path: string, json?: unknown]

const classes = 'domains/demo/classes'
const raw = { name: 'raw', copies: 2 }

/** In a world of one host with a device, and one file in demo's default class. */
const refusals: readonly Refusal[] = [
  // MogileFS Q12: homeless, domain_exists, domain_not_found, domain_has_files
  ['invalid_request', 'POST', 'domains', {}],
  ['invalid_request', 'POST', 'domains', { name: '' }],
  ['invalid_request', 'POST', 'domains', { name: 'new', quotaBytes: -1 }],
  ['invalid_request', 'POST', 'domains', { name: 'new', quotaFiles: '5' }],
  ['domain_exists', 'POST', 'domains', { name: 'demo' }],
  ['unreg_domain', 'PATCH', 'domains/none', { quotaFiles: 1 }],
  ['invalid_request', 'PATCH', 'domains/demo', {}],
  ['unreg_domain', 'DELETE', 'domains/none'],
  ['domain_has_files', 'DELETE', 'domains/demo'],

  // Q13, Q14: no_class, class_exists, invalid_mindevcount, invalid_replpolicy, invalid_hashtype ...
  ['unreg_domain', 'POST', 'domains/none/classes', raw],
  ['invalid_request', 'POST', classes, { copies: 2 }],
  ['invalid_request', 'POST', classes, { ...raw, name: 'a b' }],
  ['class_exists', 'POST', classes, { ...raw, name: 'thumb' }],
  ['invalid_mindevcount', 'POST', classes, { ...raw, copies: 0 }],
  ['invalid_mindevcount', 'POST', classes, { ...raw, copies: 11 }],
  ['invalid_mindevcount', 'POST', classes, { ...raw, copies: 1.5 }],
  ['invalid_mindevcount', 'PATCH', `${classes}/thumb`, { copies: '2' }],
  ['invalid_replpolicy', 'POST', classes, { ...raw, policy: 'Nonsense(' }],
  ['invalid_replpolicy', 'PATCH', `${classes}/thumb`, { policy: 7 }],
  ['invalid_hashtype', 'POST', classes, { ...raw, checksumKind: 'CRC32' }],
  ['invalid_hashtype', 'PATCH', `${classes}/thumb`, { checksumKind: 'md5' }],
  ['invalid_request', 'POST', classes, { ...raw, commitAt: 3 }],
  ['invalid_request', 'PATCH', `${classes}/thumb`, { commitAt: 2 }],
  ['invalid_request', 'PATCH', `${classes}/thumb`, { trashS: -1 }],
  ['invalid_request', 'PATCH', `${classes}/thumb`, { cacheS: 315_360_001 }],
  ['invalid_request', 'PATCH', `${classes}/thumb`, { publicRead: 'yes' }],
  ['invalid_request', 'PATCH', `${classes}/thumb`, {}],
  ['unreg_class', 'PATCH', `${classes}/none`, { copies: 1 }],
  ['unreg_class', 'PATCH', 'domains/none/classes/thumb', { copies: 1 }],
  ['unreg_class', 'DELETE', `${classes}/none`],
  ['nodel_default_class', 'DELETE', `${classes}/default`],
  ['class_has_files', 'DELETE', `${classes}/full`],

  // Q16, Q17: no_host, host_exists, host_not_found, unknown_state, dup, host_not_empty
  ['invalid_request', 'POST', 'hosts', {}],
  ['host_exists', 'POST', 'hosts', { name: 'host-1' }],
  ['unknown_host', 'PATCH', 'hosts/none', { state: 'down' }],
  ['unknown_state', 'PATCH', 'hosts/host-1', { state: 'asleep' }],
  ['unknown_state', 'PATCH', 'hosts/host-1', { state: 'drain' }],
  ['invalid_request', 'PATCH', 'hosts/host-1', {}],
  ['invalid_request', 'PATCH', 'hosts/host-1', { publicUrl: 'ftp://a' }],
  ['invalid_request', 'PATCH', 'hosts/host-1', { internalMask: '10.0.0.0/33' }],
  ['invalid_request', 'PATCH', 'hosts/host-1', { zone: 'no zone' }],
  ['duplicate_address', 'PATCH', 'hosts/host-1', { publicUrl: 'http://taken' }],
  ['duplicate_address', 'PATCH', 'hosts/host-1', { internalUrl: 'http://10.0.0.2' }],
  ['unknown_host', 'POST', 'hosts/none/token'],
  ['unknown_host', 'DELETE', 'hosts/none'],
  ['host_not_empty', 'DELETE', 'hosts/host-1'],

  // Q19, Q21, Q22: unknown_host, no_device, bad_params, invalid_state, state_too_high
  ['unknown_host', 'POST', 'devices', { host: 'none' }],
  ['no_device', 'PATCH', 'devices/99', { weight: 50 }],
  ['unknown_state', 'PATCH', 'devices/1', { state: 'asleep' }],
  ['invalid_request', 'PATCH', 'devices/1', {}],
  ['invalid_request', 'PATCH', 'devices/1', { weight: -1 }],
  ['invalid_request', 'PATCH', 'devices/1', { weight: 'abc' }],
  ['invalid_request', 'PATCH', 'devices/abc', { weight: 1 }],
  ['state_too_high', 'PATCH', 'devices/2', { state: 'alive' }],
  ['state_too_high', 'PATCH', 'devices/2', { state: 'down', weight: 1 }],
  ['no_device', 'DELETE', 'devices/99'],
  ['device_not_dead', 'DELETE', 'devices/1'],
  ['device_not_empty', 'DELETE', 'devices/2'],

  // Q24: not_writable, invalid_format
  ['not_writable', 'PATCH', 'settings', { nonsense: 1 }],
  ['invalid_request', 'PATCH', 'settings', { leaseMs: 1 }],

  ['unreg_domain', 'POST', 'keys', { label: 'x', scopes: ['read'], domain: 'none' }],
  ['invalid_request', 'POST', 'keys', { label: 'x', scopes: [] }],
  ['invalid_request', 'POST', 'keys', { label: 'x', scopes: ['all'] }],
  ['unknown_api_key', 'DELETE', 'keys/99'],
  ['invalid_request', 'GET', 'audit?limit=0'],
  ['invalid_request', 'GET', 'audit?after=-1'],
]

test('what an operator cannot have is refused by its own word, and changes nothing', async (t) => {
  await using world = await trackerWorld({ hosts: 1, devicesPerHost: 2 })
  const must = async (method: Method, path: string, json: unknown) =>
    assert.ok((await world.call(method, `/v1/admin/${path}`, { json })).status < 300, path)
  await must('POST', classes, { name: 'full', copies: 1 })
  await world.put('a', 'a', { class: 'full' })
  await must('PATCH', 'devices/2', { state: 'dead' })
  await must('POST', 'hosts', { name: 'other' })
  await must('PATCH', 'hosts/other', {
    publicUrl: 'http://taken/',
    internalUrl: 'http://10.0.0.2',
  })
  const audited = async () => (await world.sql('select audit_id from audit')).length
  const before = await audited()

  for (const [code, method, path, json] of refusals)
    await t.test(
      `${method} ${path} ${json === undefined ? '' : JSON.stringify(json)}`,
      async () => {
        const answer = await world.call(method, `/v1/admin/${path}`, { json })
        assert.equal(answer.code, code)
      },
    )
  assert.equal(await audited(), before, 'nothing was changed')
})

test('a host is forgotten after its devices, a dead device when nothing names it', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { deviceId } = await world.put('a', 'a', { class: 'thumb' })
  const { name } = world.hostOf(deviceId)
  const remove = async (path: string) => {
    const { code, status } = await world.call('DELETE', `/v1/admin/${path}`)
    return code ?? status
  }
  await world.mark('devices', deviceId, 'dead')
  const aMinuteLater = `update device set marked_at = marked_at - interval '61 s'`
  await world.sql(aMinuteLater)
  assert.equal(await remove(`devices/${deviceId}`), 'device_not_empty', 'the only copy was there')

  await world.call('DELETE', '/v1/domains/demo/files/a')
  await world.settle()
  assert.equal(await remove(`hosts/${name}`), 'host_not_empty', 'a dead device is one')
  assert.equal(await remove(`devices/${deviceId}`), 204)
  assert.equal(await remove(`hosts/${name}`), 204)
  assert.deepEqual(
    [await remove(`devices/${deviceId}`), await remove(`hosts/${name}`)],
    ['no_device', 'unknown_host'],
  )

  const left = world.hosts.find((host) => host.name !== name)
  const { body } = await world.call('POST', '/v1/admin/devices', { json: { host: left?.name } })
  assert.deepEqual(body, { deviceId: 3 }, 'numbers are not given again')
})
