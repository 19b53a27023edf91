// Any method, path, query, header and body at every URL of a tracker: an answer in words, never a
// failure of ours, and what was there before is there afterwards.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AddedApiKey } from '#shared/wire/admin.ts'
import { FileList } from '#shared/wire/files.ts'
import { createApp } from '#tracker/app.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { hostileJson, hostileText, tries } from './fuzz.ts'

interface Ask {
  method: string
  path: string
  json: unknown
  headers: Record<string, string>
}

/** Fields that bodies have, so that a body gets behind the first check now and then. */
const FIELDS = [
  'key',
  'class',
  'bytes',
  'contentType',
  'metadata',
  'checksum',
  'deviceId',
  'receipt',
  'receipts',
  'name',
  'copies',
  'policy',
  'label',
  'scopes',
  'domain',
  'state',
  'weight',
  'zone',
  'publicUrl',
  'protocol',
  'token',
  'url',
  'newDevices',
  'version',
  'devices',
  'want',
  'done',
  'failed',
  'renew',
  'fid',
  'fromFid',
  'toFid',
  'fids',
  'open',
  'close',
  'delete',
  'stat',
  'ifMatch',
  'check',
  'prefix',
  'commitAt',
  'trashS',
  'ratePerS',
  'quotaBytes',
  'paused',
  'findings',
  'keyVersion',
] as const
const GOOD = [
  'demo',
  'thumb',
  'default',
  'host-1',
  'kept',
  '*',
  'text/plain',
  1,
  2,
  0,
  true,
  null,
  [],
]
const field = fc.oneof(
  fc.constantFrom(...GOOD),
  hostileJson,
  fc.array(hostileJson, { maxLength: 3 }),
)
const body = fc.oneof(fc.dictionary(fc.constantFrom(...FIELDS), field, { maxKeys: 8 }), hostileJson)

const PARAMETERS = [
  'key',
  'prefix',
  'after',
  'limit',
  'delimiter',
  'zone',
  'stale',
  'noverify',
  'count',
  'until',
  'by',
  'sig',
  'max',
  'class',
  'devices',
  'hosts',
  'state',
]
const parameter = fc.oneof(hostileText, fc.constantFrom('demo', '1', '0', 'kept', '1e3', '-1'))
const query = fc
  .dictionary(fc.constantFrom(...PARAMETERS), parameter, { maxKeys: 4 })
  .map((given) => new URLSearchParams(wellFormed(given)).toString())

const wellFormed = (given: Record<string, string>) =>
  Object.fromEntries(Object.entries(given).map(([name, text]) => [name, text.toWellFormed()]))

/** As a client can send it at all: an HTTP library lets no other through. */
const headerText = hostileText.map((text) => text.replaceAll(/[^\t -~]/g, ''))
const headers = fc.dictionary(
  fc.constantFrom(
    'if-match',
    'if-none-match',
    'cache-control',
    'x-real-ip',
    'cf-connecting-ip',
    'range',
  ),
  headerText,
  { maxKeys: 3 },
)

function askOf(world: World): fc.Arbitrary<Ask> {
  const { routes } = createApp(world.tracker().deps)
  const known = routes.filter(({ method }) => method !== 'ALL')
  const route = fc.constantFrom(...known.map(({ method, path }) => ({ method, path })))
  const names = fc.array(parameter, { minLength: 4, maxLength: 4 })
  return fc.record({ route, names, query, body, headers }).map((given) => ({
    method: given.route.method,
    path: `${filled(given.route.path, given.names)}?${given.query}`,
    json: given.body,
    headers: given.headers,
  }))
}

function filled(path: string, names: readonly string[]): string {
  let at = 0
  return path.replaceAll(/:\w+|\*/g, () => encodeURIComponent((names[at++] ?? '').toWellFormed()))
}

/** What the test needs at the end must not be deleted by a lucky shot. */
const isSpared = ({ method, path, json }: Ask) =>
  (method === 'DELETE' && /kept|domains\/demo\?|keys\/1\?|hosts\/host-1/.test(path)) ||
  (method !== 'GET' && JSON.stringify(json).includes('kept'))

for (const who of ['an operator', 'a client', 'a stranger'] as const)
  test(`whatever ${who} asks is answered in words`, async () => {
    await using world = await trackerWorld({ hosts: 1 })
    await world.put('kept', 'kept', { class: 'thumb' })
    const key = await keyOf(world, who)
    const ask = async (given: Ask) => {
      fc.pre(!isSpared(given))
      const { method, path, json, headers: sent } = given
      const answer = await fetch(`${world.tracker().url}${path}`, {
        method,
        redirect: 'manual',
        headers: { ...sent, ...(key !== '' && { authorization: `Bearer ${key}` }) },
        ...(method !== 'GET' && { body: JSON.stringify(json) }),
      })
      const text = await answer.text()
      world.events.throwErrors()
      assert.ok(answer.status !== 500 && answer.status !== 502, text)
      if (answer.status >= 400) assert.match(text, /"code":"[a-z_]+"/)
      const isOpen = method === 'OPTIONS' || /^\/(?:health|live|ready)\?/.test(path)
      if (who === 'a stranger' && !isOpen) assert.ok(answer.status >= 400, path)
    }
    await fc.assert(fc.asyncProperty(askOf(world), ask), {
      ...tries(who === 'an operator' ? 1_000 : 400),
    })
    const { files } = await world.ask(FileList, 'GET', '/v1/domains/demo/files?prefix=kept')
    assert.equal(files.length, 1)
  })

async function keyOf(
  world: World,
  who: 'an operator' | 'a client' | 'a stranger',
): Promise<string> {
  if (who === 'an operator') return world.adminKey
  if (who === 'a stranger') return ''
  const json = { label: 'fuzz', domain: 'demo', scopes: ['read', 'write', 'list', 'delete'] }
  return (await world.ask(AddedApiKey, 'POST', '/v1/admin/keys', { json })).key
}
