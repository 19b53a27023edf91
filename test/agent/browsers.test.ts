// Pages of other origins at a storage agent and at a tracker, as browsers ask for them (CORS).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startHost } from './support/host.ts'

const PAGE = 'https://app.example.com'
const preflight = (origin: string, method: string) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': method },
})

const allowed = ({ headers }: Response) => headers.get('access-control-allow-origin')

test('a page of a configured origin stores and fetches with tickets', async () => {
  await using host = await startHost({ origins: [PAGE] })
  const asked = await fetch(host.put(1), preflight(PAGE, 'PUT'))
  assert.equal(asked.status, 204)
  assert.equal(allowed(asked), PAGE)
  assert.equal(asked.headers.get('access-control-allow-methods'), '*')
  assert.match(asked.headers.get('access-control-allow-headers') ?? '', /authorization/)

  const headers = { origin: PAGE }
  const stored = await fetch(host.put(1), { method: 'PUT', body: 'hello', headers })
  assert.deepEqual([stored.status, allowed(stored)], [201, PAGE])
  const read = await fetch(host.get(1), { headers })
  assert.deepEqual([await read.text(), allowed(read)], ['hello', PAGE])
  assert.equal(read.headers.get('access-control-expose-headers'), '*')
  assert.equal(read.headers.get('vary'), 'Origin')
})

test('a page sees why it was refused', async () => {
  await using host = await startHost({ origins: [PAGE] })
  const refused = await fetch(host.get(404), { headers: { origin: PAGE } })
  assert.deepEqual([refused.status, allowed(refused)], [404, PAGE])
})

test('a page that a tracker redirected has lost its origin, and is served too', async () => {
  await using host = await startHost({ origins: [PAGE] })
  assert.equal(allowed(await fetch(host.get(1), preflight('null', 'GET'))), 'null')
})

test('a page of another origin is allowed nothing, and what caches keep says so', async () => {
  await using host = await startHost({ origins: [PAGE] })
  const other = await fetch(host.get(1), preflight('https://evil.example', 'GET'))
  assert.equal(allowed(other), null)
  const anonymous = await fetch(host.get(1))
  assert.deepEqual([allowed(anonymous), anonymous.headers.get('vary')], [null, 'Origin'])
})

test('where no origin is configured, a browser is told nothing', async () => {
  await using host = await startHost()
  const asked = await fetch(host.put(1), preflight(PAGE, 'PUT'))
  assert.deepEqual([asked.status, allowed(asked)], [204, null])
})

test('where every origin is allowed, a ticket is still needed', async () => {
  await using host = await startHost({ origins: ['*'] })
  const refused = await fetch(`${host.agent.url}/dev1/0/000/000/0000000001.fid`, {
    headers: { origin: 'https://any.example' },
  })
  assert.deepEqual([refused.status, allowed(refused)], [403, '*'])
})
