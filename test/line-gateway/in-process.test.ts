// The gateway within a tracker's own process: the same answers without a socket between, and the
// client's address with them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serveTracker } from '#infra/serve/serve-tracker.ts'
import { AddedApiKey } from '#shared/wire/admin.ts'
import { fileParts } from '../support/file-parts.ts'
import { LineClient } from '../support/line-client.ts'
import { trackerWorld } from '../support/world.ts'

const world = fileParts.use(await trackerWorld())
const { databaseUrl, adminKey, clock, events } = world

async function lineWith(key: string) {
  const tracker = fileParts.use(
    await serveTracker({
      databaseUrl,
      clock,
      events,
      trackerSecret: 'another of at least 32 characters, why not',
      host: '127.0.0.1',
      port: 0,
      lineGateway: { host: '127.0.0.1', port: 0, key },
    }),
  )
  return fileParts.use(await LineClient.connect(tracker.gateway?.port ?? 0))
}
const line = await lineWith(adminKey)
const domain = 'demo'

test('commands and refusals are those of any gateway', async () => {
  await world.put('a', 'text')
  const info = await line.ok('file_info', { domain, key: 'a' })
  assert.equal(info['length'], '4')
  assert.equal((await line.ok('get_paths', { domain, key: 'a', noverify: 1 }))['paths'], '1')
  const open = await line.ok('create_open', { domain, key: 'b', class: 'thumb' })
  assert.match(open['path'] ?? '', /^http:\/\/127\.0\.1\.\d:7500\/verb:PUT,[^/]*\/dev/)
  assert.deepEqual(await line.ok('create_close', { domain, key: '', ...open }), {})
  assert.equal(await line.refusal('get_paths', { domain, key: 'none' }), 'unknown_key')
  assert.equal(await line.refusal('create_domain', { domain }), 'domain_exists')
})

test('a client inside the mask of a host is given the internal address', async () => {
  const file = await world.put('near')
  const { name } = world.hostOf(file.deviceId)
  const json = { internalUrl: 'http://10.0.0.1:7500', internalMask: '127.0.0.0/8' }
  await world.call('PATCH', `/v1/admin/hosts/${name}`, { json })
  world.look()
  const { path1 = '' } = await line.ok('get_paths', { domain, key: 'near', noverify: 1 })
  assert.equal(new URL(path1).origin, 'http://10.0.0.1:7500')
  for (const [command, named] of [
    ['create_open', 'path'],
    ['edit_file', 'oldpath'],
    ['edit_file', 'newpath'],
  ] as const) {
    const all = await line.ok(command, { domain, key: 'near', class: 'thumb' })
    const isIts = Number(all['devid']) === file.deviceId
    assert.equal(new URL(all[named] ?? '').origin === 'http://10.0.0.1:7500', isIts, named)
  }
})

test('a key that may not is told so by every command that needs it', async () => {
  const json = { label: 'reader', scopes: ['read'] }
  const { key } = await world.ask(AddedApiKey, 'POST', '/v1/admin/keys', { json })
  const reader = await lineWith(key)
  assert.equal((await reader.ok('get_paths', { domain, key: 'a', noverify: 1 }))['paths'], '1')
  assert.equal(await reader.refusal('delete', { domain, key: 'a' }), 'forbidden')
  assert.equal(await reader.refusal('get_hosts'), 'forbidden')
})
