// If-Match and If-None-Match (RFC 9110 section 13): a write happens where the key holds what the
// client expects, a read where it does not hold what the client has.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '#shared/client/connect.ts'
import { parseFidPath } from '#shared/fid-path.ts'
import { Checksum } from '#shared/ids.ts'
import { FileDetail } from '#shared/wire/files.ts'
import { Closed } from '#shared/wire/uploads.ts'
import { type Answer, parseAnswer } from '../support/tracker-call.ts'
import { measured, type StoredFile, type World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled } from './invariants.ts'

type Headers = Record<string, string>
const demo = '/v1/domains/demo'
const outcome = ({ code, status }: Answer) => code ?? status
const fidUnder = async (world: World, key: string) =>
  (await world.ask(FileDetail, 'GET', `${demo}/info/${key}`)).fid

function close(world: World, { fid, deviceId, ...rest }: StoredFile, json = {}, headers = {}) {
  const receipt = world.hostOf(deviceId).receipt({ fid, deviceId, ...rest })
  const path = `${demo}/uploads/${fid}/close`
  return world.call('POST', path, { json: { deviceId, receipt, ...json }, headers })
}

test('a close happens where the key holds what it expects, by fid or by checksum', async () => {
  await using world = await trackerWorld()
  const first = world.write(await world.open('a'), 'first')
  assert.equal(outcome(await close(world, first, {}, { 'if-none-match': '*' })), 200)

  const second = world.write(await world.open('a'), 'second')
  const expects = { 'if-match': `"999", "${first.fid}"` }
  const closed = parseAnswer(Closed, await close(world, second, {}, expects))
  assert.deepEqual(closed, { fid: second.fid, replacedFid: first.fid })

  const third = world.write(await world.open('a'), 'third')
  assert.equal(outcome(await close(world, third, { ifMatch: [second.checksum] })), 200)
  const fourth = world.write(await world.open('a'), 'fourth')
  assert.equal(outcome(await close(world, fourth, { ifMatch: ['*'], ifNoneMatch: ['1'] })), 200)
  assert.equal(await fidUnder(world, 'a'), fourth.fid)
  await world.settle()
  await assertSettled(world)
})

test('a close that expects something else is refused, and what it stored is erased', async () => {
  await using world = await trackerWorld()
  const { fid } = await world.put('a', 'before')
  const refused: [key: string, json: object, headers?: Headers][] = [
    ['a', { ifNoneMatch: ['*'] }],
    ['a', { ifNoneMatch: [String(fid)] }],
    ['a', { ifMatch: ['999'] }],
    ['a', { ifMatch: [measured('other').checksum] }],
    ['none', { ifMatch: ['*'] }],
    ['a', {}, { 'if-match': `W/"${fid}"` }], // compared strongly
    ['a', {}, { 'if-match': `"999,${fid}"` }], // one tag with a comma in it
    ['a', {}, { 'if-match': '"*"' }], // a tag, and not the star
    ['a', {}, { 'if-none-match': `W/"${fid}"` }],
  ]
  for (const [key, json, headers] of refused) {
    const stored = world.write(await world.open(key), 'after')
    const answer = await close(world, stored, json, headers)
    assert.deepEqual([answer.code, answer.status], ['precondition_failed', 412])
    assert.equal((await close(world, stored)).code, 'no_temp_file', 'it is given up')
  }
  assert.equal(await fidUnder(world, 'a'), fid)
  await world.settle()
  await assertSettled(world)
})

test('a file without a checksum is known by its fid alone', async () => {
  await using world = await trackerWorld()
  const json = { name: 'plain', copies: 1, checksumKind: 'none' }
  await world.call('POST', '/v1/admin/domains/demo/classes', { json })
  const stored = world.write(await world.open('a', { class: 'plain' }), 'hello')
  const checksum = Checksum.parse('none')
  assert.equal((await close(world, { ...stored, checksum })).status, 200)

  const read = (headers: Headers) => world.call('HEAD', `${demo}/files/a`, { headers })
  assert.equal(outcome(await read({ 'if-match': '"none"' })), 412)
  const unlike = await read({ 'if-none-match': '"none"' })
  assert.deepEqual([unlike.status, unlike.headers.get('etag')], [200, `"${stored.fid}"`])
  const remove = (headers: Headers) => world.call('DELETE', `${demo}/files/a`, { headers })
  assert.equal(outcome(await remove({ 'if-match': '"none"' })), 'precondition_failed')
  const opened = { json: { key: 'a', ifMatch: ['none'] } }
  assert.equal(outcome(await world.call('POST', `${demo}/uploads`, opened)), 'invalid_request')
  assert.equal(outcome(await remove({ 'if-match': `"${stored.fid}"` })), 200)
})

test('a condition is looked at by the open, and decides in the close', async () => {
  await using world = await trackerWorld()
  const open = (json: object, headers: Headers = {}) =>
    world.call('POST', `${demo}/uploads`, { json: { key: 'a', ...json }, headers })
  assert.equal(outcome(await open({ ifMatch: ['*'] })), 'precondition_failed')
  assert.equal(outcome(await open({}, { 'if-match': '"7"' })), 'precondition_failed')

  const stored = world.write(await world.open('a', { ifNoneMatch: ['*'] }), 'mine')
  const { fid } = await world.put('a', 'meanwhile')
  assert.equal((await close(world, stored)).code, 'precondition_failed')

  const other = world.write(await world.open('a', { ifMatch: [String(fid)] }), 'mine')
  await world.put('a', 'meanwhile again')
  assert.equal(outcome(await close(world, other, { ifMatch: ['*'] })), 200, 'in its place')
})

test('a one-step put that lost is refused, by the tracker or by way of the node', async () => {
  await using world = await trackerWorld()
  const headers = { 'if-none-match': '*' }
  const put = () => world.call('PUT', `${demo}/files/a`, { body: 'x', headers })
  const sent = [await put(), await put()]
  const outcomes = await Promise.all(
    sent.map(async (answer) => {
      assert.equal(answer.status, 307)
      const place = parseFidPath(new URL(answer.headers.get('location') ?? '').pathname)
      assert.ok(place !== undefined)
      const host = world.hostOf(place.deviceId)
      host.disk(place.deviceId).add(place.fid)
      const receipt = host.receipt({ ...place, ...measured('x') })
      return outcome(await host.ask('commit', { ...place, receipt }))
    }),
  )
  assert.deepEqual(new Set(outcomes), new Set([200, 'precondition_failed']))
  assert.equal(outcome(await put()), 'precondition_failed', 'no byte is sent in vain')
  await world.settle()
  await assertSettled(world)
})

test('a delete and a change happen to the expected file alone', async () => {
  await using world = await trackerWorld()
  const { fid, checksum } = await world.put('a')
  const attempt = async (method: 'DELETE' | 'PATCH', key: string, headers: Headers) =>
    outcome(
      await world.call(method, `${demo}/files/${key}`, {
        headers,
        ...(method === 'PATCH' && { json: { contentType: 'text/plain' } }),
      }),
    )
  for (const method of ['PATCH', 'DELETE'] as const) {
    for (const headers of [
      { 'if-match': '"999"' },
      { 'if-none-match': '*' },
      { 'if-match': `"${fid}"`, 'if-none-match': `"${fid}"` },
    ])
      assert.equal(await attempt(method, 'a', headers), 'precondition_failed')
    assert.equal(await attempt(method, 'none', { 'if-match': '*' }), 'unknown_key')
    assert.equal(await attempt(method, 'a', { 'if-match': 'x' }), 'invalid_request')
    assert.equal(await attempt(method, 'a', { 'if-match': `"${checksum}"` }), 200)
  }
})

test('a read of what the client has already is 304, and no node is asked', async () => {
  await using world = await trackerWorld()
  const { fid, checksum } = await world.put('a')
  for (const method of ['GET', 'HEAD'] as const) {
    const read = (headers: Headers) => world.call(method, `${demo}/files/a`, { headers })
    for (const tag of [`"${checksum}"`, `"${fid}"`]) {
      const fresh = await read({ 'if-none-match': `"1000", W/${tag}` })
      assert.deepEqual([fresh.status, fresh.headers.get('etag')], [304, `"${checksum}"`])
      const cached = method === 'GET' ? 'private, no-store' : null
      assert.equal(fresh.headers.get('cache-control'), cached)
    }
    assert.equal((await read({ 'if-match': '"999"' })).status, 412)
  }
  const stale = await world.call('HEAD', `${demo}/files/a`, { headers: { 'if-none-match': '"9"' } })
  assert.equal(stale.status, 200)
  const path = `${demo}/files/a?noverify`
  const headers = { 'if-none-match': '"9"', 'if-match': `"${fid}"` }
  assert.equal((await world.call('GET', path, { headers })).status, 302)
})

test('a condition that cannot be read is refused, for it was meant to protect', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('a')
  const many = Array.from({ length: 17 }, (_, n) => `"${n}"`).join()
  for (const tag of ['', 'x', '"a', '"a" "b"', '*, "a"', 'w/"a"', many]) {
    const headers = { 'if-match': tag }
    const { code } = await world.call('DELETE', `${demo}/files/a`, { headers })
    assert.equal(code, 'invalid_request', tag)
  }
  const { code } = await world.call('POST', `${demo}/uploads`, { json: { key: 'b', ifMatch: [] } })
  assert.equal(code, 'invalid_request')
})

test('the SDK sends what it is told to expect', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { fid, checksum } = await world.put('a')
  const files = connect({ url: world.tracker().url, key: world.adminKey }).domain('demo')
  const isRefused = { code: 'precondition_failed', retry: 'never' }
  await assert.rejects(files.put('a', 'x', { ifNoneMatch: '*' }), isRefused)
  await assert.rejects(files.put('b', 'x', { ifMatch: [1, fid] }), isRefused)
  await assert.rejects(files.rename('a', 'b', { ifMatch: 999 }), isRefused)
  await assert.rejects(files.delete('a', { ifMatch: '*', ifNoneMatch: checksum }), isRefused)

  const changed = await files.change('a', { metadata: { x: '1' } }, { ifMatch: [9, fid] })
  assert.equal(changed.fid, fid)
  await files.delete('a', { ifMatch: checksum, ifNoneMatch: 9 })
})
