// JSON that costs more to take than to send: deep, wide, repeated, beyond all numbers. Each is
// refused by a code of its own, and the tracker serves whoever comes next.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_BATCH_BODY_BYTES, MAX_JSON_BODY_BYTES } from '#shared/limits.ts'
import { trackerWorld } from '../support/world.ts'

const wide = (entries: number, entry: (n: number) => string) =>
  Array.from({ length: entries }, (_, n) => entry(n)).join(',')

const strings = wide(50_000, (n) => `"f${n}":"1"`)
const half = MAX_JSON_BODY_BYTES / 2
const bombs: Readonly<Record<string, string>> = {
  'half a million arrays, one in the other': '['.repeat(half - 1) + ']'.repeat(half - 1),
  '100,000 objects, one in the other': `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  'an object of fifty thousand fields': `{${wide(50_000, (n) => `"f${n}":1`)}}`,
  'metadata of fifty thousand fields': `{"key":"a","metadata":{${strings}}}`,
  'one field a hundred thousand times': `{${wide(100_000, () => `"key":"a"`)},"x":1}`,
  'numbers beyond all numbers': `{"key":"a","bytes":1e999}`,
  'a number of a million digits': `{"key":"a","bytes":${'9'.repeat(1_000_000)}}`,
  'a prototype': `{"key":"a","__proto__":{"class":"thumb"},"constructor":{"prototype":{}}}`,
  'a key of a megabyte': `{"key":"${'a'.repeat(1_000_000)}"}`,
  'escapes that make a lone surrogate': `{"key":"\\ud800"}`,
  'a NUL in a key': `{"key":"a\\u0000b"}`,
  'a condition of a megabyte': `{"key":"a","ifMatch":"${'"a",'.repeat(200_000)}"}`,
}

test('a bomb is refused, and the next request is served', async (t) => {
  await using world = await trackerWorld({ hosts: 1 })
  const doors = [
    ['POST', '/v1/domains/demo/uploads'],
    ['POST', '/v1/domains/demo/uploads/1/close'],
    ['POST', '/v1/domains/demo/batch'],
    ['PATCH', '/v1/domains/demo/files/a'],
    ['PATCH', '/v1/admin/settings'],
    ['POST', '/v1/admin/keys'],
    ['POST', '/v1/agent/sync'],
    ['POST', '/v1/agent/enroll'],
    ['POST', '/v1/agent/inventory'],
  ] as const
  for (const [name, body] of Object.entries(bombs))
    await t.test(name, async () => {
      for (const [method, path] of doors) {
        const { status, code } = await world.call(method, path, { body })
        assert.ok(status >= 400 && status < 500, `${method} ${path}: ${status} ${code}`)
      }
      assert.equal((await world.call('GET', '/v1/domains/demo/files')).status, 200)
    })
})

test('a prototype of metadata is no metadata, and nobody inherits it', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const body = `{"key":"a","metadata":{"__proto__":"x","b":"y"}}`
  const { status } = await world.call('POST', '/v1/domains/demo/uploads', { body })
  assert.equal(status, 201)
  assert.deepEqual(await world.sql('select metadata from upload'), [{ metadata: { b: 'y' } }])
})

test('what comes packed is not unpacked', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const body = new Blob(['{"key":"a"}']).stream().pipeThrough(new CompressionStream('gzip'))
  const headers = { 'content-encoding': 'gzip' }
  const { code } = await world.call('POST', '/v1/domains/demo/uploads', { body, headers })
  assert.equal(code, 'invalid_json')
})

test('a batch is bounded by its bytes and by its files', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const path = '/v1/domains/demo/batch'
  const large = JSON.stringify({ stat: [] }).padEnd(MAX_BATCH_BODY_BYTES + 1)
  assert.equal((await world.call('POST', path, { body: large })).code, 'body_too_large')
  const many = { stat: Array.from({ length: 1_001 }, () => ({ key: 'a' })) }
  assert.equal((await world.call('POST', path, { json: many })).code, 'invalid_request')
  const nested = `{"stat":[${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}]}`
  const { status } = await world.call('POST', path, { body: nested })
  assert.ok(status < 500, `${status}`)
})
