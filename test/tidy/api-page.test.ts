// edge-tracker/API.md against the URLs of the app itself.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { systemClock } from '#shared/clock.ts'
import { jsonEvents } from '#shared/events.ts'
import { createApp } from '#tracker/app.ts'
import { makeDeps } from '#tracker/deps.ts'
import { answeredBy, apiPageBreaches } from './api-page.ts'

const app = createApp(
  makeDeps({
    db: { all: () => Promise.reject(new Error('no request is made here')) },
    clock: systemClock,
    events: jsonEvents('tidy'),
    trackerSecret: 'no request is made here, so nothing is signed',
    fetch,
    random: Math.random,
  }),
)

test('the API page names the URLs that are answered, and no others', async () => {
  const page = await readFile(new URL('../../edge-tracker/API.md', import.meta.url), 'utf8')
  const found = apiPageBreaches(answeredBy(app), page)
  assert.ok(found.length === 0, found.join('\n'))
})

test('a URL that only the app or only the page knows would be found', () => {
  const routes = [
    { method: 'ALL', path: '/v1/admin/*' },
    { method: 'GET', path: '/health' },
    { method: 'GET', path: '/v1/domains/:domain/files/*' },
    { method: 'GET', path: '/v1/domains/:domain/files/*' },
  ]
  const page =
    '`GET /health`, `HEAD /health`\n### PUT /v1/old?x=1\nfirst `PUT /v1/old`, then GET it'
  assert.deepEqual(apiPageBreaches(answeredBy({ routes }), page), [
    'not on the page: GET /v1/domains/{domain}/files/{key}',
    'nothing answers: PUT /v1/old',
  ])
})
