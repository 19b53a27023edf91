// A one-step put: the agent stores, closes the upload at a tracker, and only then answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '#shared/problems.ts'
import { Stored } from '#shared/wire/uploads.ts'
import { bytesAt, codeOf, startHost } from './support/host.ts'

const put = (url: string) => fetch(url, { method: 'PUT', body: 'hello' })

test('the upload is closed with our receipt before the client hears of it', async () => {
  await using host = await startHost()
  const response = await put(host.put(3, { commit: true }))
  assert.equal(response.status, 201)
  const { receipt, closed } = Stored.parse(await response.json())
  assert.deepEqual(closed, { fid: 3, replacedFid: null })
  assert.deepEqual(host.tracker.commits, [{ fid: 3, deviceId: 1, receipt }])
})

test('a put in several steps is not closed by us', async () => {
  await using host = await startHost()
  const response = await put(host.put(3))
  assert.equal(Stored.parse(await response.json()).closed, undefined)
  assert.deepEqual(host.tracker.commits, [])
})

test('what the tracker refuses, the client is refused; a retry may succeed', async () => {
  await using host = await startHost()
  const url = host.put(3, { commit: true })
  host.tracker.refusal = new Problem('no_temp_file')
  const refused = await put(url)
  assert.equal(refused.status, 404)
  assert.equal(await codeOf(refused), 'no_temp_file')

  host.tracker.refusal = new Problem('database_unavailable')
  const later = await put(url)
  assert.equal(later.status, 503)
  assert.equal(later.headers.get('retry-after'), '1')

  host.tracker.refusal = undefined
  assert.equal((await put(url)).status, 201)
})

test('what is wrong between us and the tracker is not blamed on the client', async () => {
  await using host = await startHost()
  const url = host.put(3, { commit: true })
  host.tracker.refusal = new Problem('unauthorized')
  assert.equal(await codeOf(await put(url)), 'commit_failed')

  await host.tracker[Symbol.asyncDispose]()
  const silent = await put(url)
  assert.equal(silent.status, 502)
  assert.equal(await codeOf(silent), 'commit_failed')
  assert.equal(String(await bytesAt(host.fileOf(3))), 'hello', 'the bytes wait for a retry')
})
