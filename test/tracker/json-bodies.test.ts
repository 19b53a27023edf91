// What trackers say to bodies that are not what they should be: a stable code, and no 500.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_JSON_BODY_BYTES } from '#shared/limits.ts'
import { trackerWorld } from '../support/world.ts'

const uploads = '/v1/domains/demo/uploads'

test('a body that is not JSON is named as that', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  for (const body of ['{', 'key=a', '{"key":"a",}', '\u0000', '[1', 'nul'])
    assert.equal((await world.call('POST', uploads, { body })).code, 'invalid_json', body)
})

test('JSON of another shape is refused, and the refusal says where', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const shapes: readonly [json: unknown, at: string][] = [
    [null, ''],
    [[], ''],
    ['text', ''],
    [{}, 'key'],
    [{ key: 7 }, 'key'],
    [{ key: 'a', bytes: -1 }, 'bytes'],
    [{ key: 'a', bytes: 0.5 }, 'bytes'],
    [{ key: 'a', bytes: '1' }, 'bytes'],
    [{ key: 'a', class: 'no such/name' }, 'class'],
    [{ key: 'a', contentType: 'text/plain\r\nx: y' }, 'contentType'],
    [{ key: 'a', metadata: { Upper: 'x' } }, 'metadata.Upper'],
    [{ key: 'a', metadata: { a: 'line\nbreak' } }, 'metadata.a'],
    [{ key: 'a', checksum: 'MD5:00' }, 'checksum'],
    [{ key: 'a', surprise: 1 }, ''],
  ]
  for (const [json, at] of shapes) {
    const { code, body } = await world.call('POST', uploads, { json })
    assert.equal(code, 'invalid_request', JSON.stringify(json))
    assert.match(JSON.stringify(body), new RegExp(String.raw`at \\"${at}\\"`), JSON.stringify(json))
  }
})

test('a body beyond the limit is refused, whether or not its length was announced', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const large = JSON.stringify({ key: 'a'.repeat(MAX_JSON_BODY_BYTES) })
  assert.equal((await world.call('POST', uploads, { body: large })).code, 'body_too_large')

  const stream = new Blob([large]).stream()
  assert.equal((await world.call('POST', uploads, { body: stream })).code, 'body_too_large')
})

test('a body of just the limit is read, announced or not', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const json = JSON.stringify({ key: 'a' })
  const padded = json.padEnd(MAX_JSON_BODY_BYTES)
  assert.equal((await world.call('POST', uploads, { body: padded })).status, 201)
  const stream = new Blob([padded]).stream()
  assert.equal((await world.call('POST', uploads, { body: stream })).status, 201)
})

test('text that was cut between two chunks inside a character arrives whole', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const bytes = new TextEncoder().encode(JSON.stringify({ key: 'é😀' }))
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
      controller.close()
    },
  })
  assert.equal((await world.call('POST', uploads, { body })).status, 201)
  assert.deepEqual(await world.sql('select key from upload'), [{ key: 'é😀' }])
})

test('an agent whose words do not fit is told so, and nothing of its report counts', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const sync = {
    protocol: 1,
    version: 'x',
    url: 'http://h:1',
    keyVersion: 1,
    devices: [],
    want: 1,
  }
  const refused = [
    { ...sync, want: 201 },
    { ...sync, url: 'ftp://h' },
    { ...sync, devices: [{ deviceId: 1 }] },
    { ...sync, done: [{ jobId: 1 }] },
    { ...sync, done: Array.from({ length: 1_001 }, () => ({ jobId: 1, attempt: 1 })) },
    { ...sync, protocol: 2 },
  ]
  for (const json of refused)
    assert.equal((await world.host(0).ask('sync', json)).code, 'invalid_request')
  assert.equal((await world.host(0).ask('sync', sync)).status, 200)
})

test('what an agent says of its troubles may hold any character', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [deviceId] = world.host(0).deviceIds
  const reason = 'EIO: \0 \ud800 in "a"'
  const sync = {
    protocol: 1,
    version: 'x',
    url: 'http://h:1',
    keyVersion: 1,
    devices: [
      { deviceId, condition: 'fenced', reason, bytesTotal: 1, bytesFree: 1, utilization: null },
    ],
    failed: [{ jobId: 1, attempt: 1, outcome: 'retry', reason }],
    want: 1,
  }
  const { status } = await world.host(0).ask('sync', sync)
  assert.notEqual(status, 500, 'a report that no database can hold would be repeated for ever')
})
