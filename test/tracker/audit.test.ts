// Who changed what: recorded with the change, whoever makes it, and never a secret.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddedApiKey, AuditPage } from '#shared/wire/admin.ts'
import type { Method } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { atOnce } from './at-once.ts'

const auditAfter = (world: World, after: number, limit = 1_000) =>
  world.ask(AuditPage, 'GET', `/v1/admin/audit?after=${after}&limit=${limit}`)

test('every change says who made it, what was before and what is now', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { nextAfter } = await auditAfter(world, 0)
  const json = { label: 'night-shift', scopes: ['admin'] }
  const { key, apiKeyId } = await world.ask(AddedApiKey, 'POST', '/v1/admin/keys', { json })

  const changes: readonly [Method, string, unknown?][] = [
    ['POST', 'domains', { name: 'photos', quotaFiles: 5 }],
    ['PATCH', 'domains/photos', { quotaFiles: 6 }],
    ['PATCH', 'domains/photos/classes/default', { copies: 3, cacheS: 60 }],
    ['PATCH', 'domains/photos/classes/default', { copies: 3 }],
    ['PATCH', 'hosts/host-1', { state: 'readonly', zone: 'fra' }],
    ['POST', 'hosts/host-1/token'],
    ['PATCH', 'devices/1', { weight: 50 }],
    ['PATCH', 'settings', { leaseMs: 500 }],
    ['PATCH', 'settings', { leaseMs: null }],
    ['DELETE', `keys/${apiKeyId}`],
  ]
  for (const [method, path, body] of changes) {
    const ask = { key, ...(body !== undefined && { json: body }) }
    const { status } = await world.call(method, `/v1/admin/${path}`, ask)
    assert.ok(status < 300, path)
  }

  const { entries } = await auditAfter(world, nextAfter)
  const plain = { checksumKind: 'SHA-256', commitAt: 1, trashS: 0, publicRead: false }
  const fresh = { name: 'default', copies: 2, policy: 'MultipleHosts()', cacheS: null, ...plain }
  const made = { label: 'night-shift', domainId: null, scopes: ['admin'], ratePerS: null }
  assert.deepEqual(
    entries.map(({ verb, noun, subject, before, after }) => [verb, noun, subject, before, after]),
    [
      ['add', 'api_key', String(apiKeyId), null, made],
      ['add', 'domain', 'photos', null, { name: 'photos', quotaBytes: null, quotaFiles: 5 }],
      ['add', 'class', 'photos/default', null, fresh],
      ['change', 'domain', 'photos', { quotaFiles: 5 }, { quotaFiles: 6 }],
      ['change', 'class', 'photos/default', { copies: 2, cacheS: null }, { copies: 3, cacheS: 60 }],
      [
        'change',
        'host',
        'host-1',
        { state: 'alive', zone: null },
        { state: 'readonly', zone: 'fra' },
      ],
      ['change', 'host', 'host-1', { enrollment: null }, { enrollment: 'secret' }],
      ['change', 'device', '1', { weight: 100 }, { weight: 50 }],
      ['add', 'setting', 'leaseMs', null, { value: 500 }],
      ['delete', 'setting', 'leaseMs', { value: 500 }, null],
      ['delete', 'api_key', String(apiKeyId), made, null],
    ],
  )
  assert.deepEqual(new Set(entries.slice(1).map(({ who }) => who)), new Set(['night-shift']))
  assert.deepEqual([...new Set(entries.slice(1).map((entry) => entry.apiKeyId))], [apiKeyId])
})

test('no page has a secret in it, also not of agents and keys', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const rows = await world.sql<{ hash: string }>(`
    select key_hash as hash from api_key union select credential_hash from host`)
  assert.equal(rows.length, 3)
  const text = JSON.stringify(await auditAfter(world, 0))
  for (const { hash } of rows) assert.ok(!text.includes(hash))
})

test('numbers come without gaps and are never seen out of order, whoever writes', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  const { nextAfter } = await auditAfter(world, 0)
  const seen: number[] = []
  let after = nextAfter
  const follow = async () => {
    const page = await auditAfter(world, after, 3)
    seen.push(...page.entries.map(({ auditId }) => auditId))
    after = page.nextAfter
    return page.entries.length
  }
  const write = (caller: number) =>
    atOnce(10, async (n) => {
      const json = { quotaFiles: caller * 100 + n }
      await world.call('PATCH', '/v1/admin/domains/demo', { json, at: caller % 2 })
    })
  const writing = atOnce(4, write)
  while (seen.length < 20) await follow()
  await writing
  while ((await follow()) > 0);
  assert.deepEqual(
    seen,
    Array.from({ length: 40 }, (_, n) => nextAfter + 1 + n),
  )
})

test('what nobody did over the API is recorded too', async () => {
  await using world = await trackerWorld({ hosts: 0 })
  const { nextAfter } = await auditAfter(world, 0)
  await world.sql(`set application_name = 'psql'; update class set copies = 3 where name = 'thumb'`)
  const { entries } = await auditAfter(world, nextAfter)
  assert.deepEqual(
    entries.map(({ who, apiKeyId, subject, after }) => [who, apiKeyId, subject, after]),
    [['psql', null, 'demo/thumb', { copies: 3 }]],
  )
})
