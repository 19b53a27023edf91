// Pages of other origins at a tracker, as browsers ask for them (CORS).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trackerWorld } from '../support/world.ts'

const PAGE = 'https://app.example.com'
const demo = '/v1/domains/demo'

const preflight = (origin: string) => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  },
})

const allowed = (headers: Headers) => headers.get('access-control-allow-origin')

test('a page of a configured origin opens, is redirected and sees refusals', async () => {
  await using world = await trackerWorld({ hosts: 1, origins: [PAGE] })
  const [tracker] = world.trackers
  const asked = await fetch(`${tracker?.url}${demo}/uploads`, preflight(PAGE))
  assert.deepEqual([asked.status, allowed(asked.headers)], [204, PAGE])
  assert.match(asked.headers.get('access-control-allow-headers') ?? '', /authorization/)

  const headers = { origin: PAGE }
  const opened = await world.call('POST', `${demo}/uploads`, { json: { key: 'a' }, headers })
  assert.deepEqual([opened.status, allowed(opened.headers)], [201, PAGE])
  await world.put('b', 'hello')
  const read = await world.call('GET', `${demo}/files/b?noverify`, { headers })
  assert.deepEqual([read.status, allowed(read.headers)], [302, PAGE])
  assert.match(read.headers.get('vary') ?? '', /Origin/)
  const refused = await world.call('GET', `${demo}/files/c`, { headers })
  assert.deepEqual([refused.status, allowed(refused.headers)], [404, PAGE])
  assert.equal(refused.headers.get('access-control-expose-headers'), '*')
})

test('a page of another origin is allowed nothing', async () => {
  await using world = await trackerWorld({ hosts: 1, origins: [PAGE] })
  const [tracker] = world.trackers
  for (const origin of ['https://evil.example', 'null']) {
    const asked = await fetch(`${tracker?.url}${demo}/uploads`, preflight(origin))
    assert.equal(allowed(asked.headers), null, origin)
  }
})

test('where no origin is configured, no browser is told anything', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [tracker] = world.trackers
  const asked = await fetch(`${tracker?.url}${demo}/uploads`, preflight(PAGE))
  assert.deepEqual(
    [asked.status, allowed(asked.headers), asked.headers.get('vary')],
    [405, null, null],
  )
})
