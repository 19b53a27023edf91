// PATCH of a key: another name, class or description (MogileFS Q05, Q06); DELETE (Q04); HEAD.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOfChecksum } from '#shared/digests.ts'
import { NewDomain } from '#shared/wire/admin.ts'
import { Deleted, FileDetail } from '#shared/wire/files.ts'
import { measured, type World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { placesOnDisks } from './invariants.ts'

const files = '/v1/domains/demo/files'
const change = (world: World, key: string, json: object) =>
  world.call('PATCH', `${files}/${key}`, { json })
const info = (world: World, key: string) =>
  world.ask(FileDetail, 'GET', `/v1/domains/demo/info/${key}`)
const codeOfInfo = async (world: World, key: string) =>
  (await world.call('GET', `/v1/domains/demo/info/${key}`)).code

test('a renamed file is the same file under the new name alone', async () => {
  await using world = await trackerWorld()
  const { fid } = await world.put('old', 'hello', { contentType: 'text/plain' })
  const { status, body } = await change(world, 'old', { key: 'new/name' })
  assert.equal(status, 200)
  assert.deepEqual(body, await info(world, 'new/name'))
  const renamed = await info(world, 'new/name')
  assert.deepEqual([renamed.fid, renamed.contentType], [fid, 'text/plain'])
  assert.equal(await codeOfInfo(world, 'old'), 'unknown_key')
  assert.deepEqual(await world.sql('select from tombstone'), [])
})

test('a name that is taken is refused, and both files stay as they are', async () => {
  await using world = await trackerWorld()
  const [a, b] = [await world.put('a'), await world.put('b')]
  assert.equal((await change(world, 'a', { key: 'b', class: 'thumb' })).code, 'key_exists')
  assert.deepEqual([(await info(world, 'a')).fid, (await info(world, 'b')).fid], [a.fid, b.fid])
  assert.equal((await info(world, 'a')).class, 'default')
  assert.equal((await change(world, 'a', { key: 'a' })).status, 200, 'its own name is free to it')
})

test('the same name in another domain is not in the way', async () => {
  await using world = await trackerWorld()
  await world.ask(NewDomain, 'POST', '/v1/admin/domains', { json: { name: 'other' } })
  await world.put('a')
  await world.sql(`update file set domain_id = 2,
    class_id = (select class_id from class where domain_id = 2)`)
  await world.put('b')
  assert.equal((await change(world, 'b', { key: 'a' })).status, 200)
})

test('a file in another class gets the copies of that class with the next sweeps', async () => {
  await using world = await trackerWorld()
  const { fid } = await world.put('a', 'a', { class: 'thumb' })
  await world.settle()
  assert.equal((await info(world, 'a')).deviceIds.length, 1)
  assert.equal((await change(world, 'a', { class: 'default' })).status, 200)
  await world.settle()
  const moved = await info(world, 'a')
  assert.deepEqual([moved.fid, moved.class, moved.deviceIds.length], [fid, 'default', 2])
})

test('an unknown class changes nothing, the name neither', async () => {
  await using world = await trackerWorld()
  await world.put('a')
  const { code } = await change(world, 'a', { key: 'b', class: 'none' })
  assert.equal(code, 'unreg_class')
  assert.equal((await info(world, 'a')).class, 'default')
  assert.equal(await codeOfInfo(world, 'b'), 'unknown_key')
})

test('what is described can be described anew, in parts, and emptied', async () => {
  await using world = await trackerWorld()
  await world.put('a', 'a', { contentType: 'text/plain', metadata: { x: '1', y: '2' } })
  await change(world, 'a', { metadata: { z: '3' } })
  assert.deepEqual((await info(world, 'a')).metadata, { z: '3' })
  assert.equal((await info(world, 'a')).contentType, 'text/plain')
  await change(world, 'a', { contentType: null, metadata: {} })
  const emptied = await info(world, 'a')
  assert.deepEqual([emptied.contentType, emptied.metadata], [null, {}])
})

test('a change that names nothing, or what cannot be changed, is refused', async () => {
  await using world = await trackerWorld()
  await world.put('a')
  for (const json of [{}, { fid: 1 }, { bytes: 1 }, { class: '../x' }])
    assert.equal((await change(world, 'a', json)).code, 'invalid_request', JSON.stringify(json))
  assert.equal((await change(world, 'a', { key: '' })).code, 'invalid_key', 'as in a URL')
})

test('an unknown key and an unknown domain are told apart by every verb', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const verbs = [
    ['GET', 'files/none'],
    ['GET', 'paths/none'],
    ['GET', 'info/none'],
    ['DELETE', 'files/none'],
    ['PATCH', 'files/none', { key: 'x' }],
    ['PATCH', 'files/none', { class: 'default' }],
  ] as const
  for (const [method, end, json] of verbs)
    for (const [domain, code] of [
      ['demo', 'unknown_key'],
      ['nowhere', 'unreg_domain'],
    ]) {
      const answer = await world.call(method, `/v1/domains/${domain}/${end}`, { json })
      assert.deepEqual([answer.code, answer.status], [code, 404], `${method} ${end}`)
    }
})

test('a deleted key is gone at once, its copies after the next sweeps', async () => {
  await using world = await trackerWorld()
  const { fid } = await world.put('a')
  await world.settle()
  assert.deepEqual(await world.ask(Deleted, 'DELETE', `${files}/a`), { fid })
  assert.equal(await codeOfInfo(world, 'a'), 'unknown_key')
  assert.equal((await world.call('DELETE', `${files}/a`)).code, 'unknown_key')
  assert.equal((await world.sql('select from replica')).length, 2, 'still on the disks')

  await world.settle()
  for (const table of ['replica', 'tombstone', 'job', 'shortfall'])
    assert.deepEqual(await world.sql(`select * from ${table}`), [], table)
  assert.deepEqual(placesOnDisks(world), new Set())
})

test('a key that was deleted can be stored again', async () => {
  await using world = await trackerWorld()
  const before = await world.put('a', 'before')
  await world.call('DELETE', `${files}/a`)
  const after = await world.put('a', 'after')
  assert.notEqual(after.fid, before.fid)
  await world.settle()
  assert.equal((await info(world, 'a')).deviceIds.length, 2)
})

test('HEAD tells all about a file in headers, and asks no node', async () => {
  await using world = await trackerWorld()
  const metadata = { owner: 'zoë', 'a-b_c': '50% "x"' }
  const { fid } = await world.put('a', 'hello', {
    contentType: 'text/plain; charset=utf-8',
    metadata,
  })
  const { status, headers, body } = await world.call('HEAD', `${files}/a`)
  assert.deepEqual([status, body], [200, undefined])
  const { bytes, checksum } = measured('hello')
  const expected = {
    'content-length': String(bytes),
    'content-type': 'text/plain; charset=utf-8',
    etag: `"${checksum}"`,
    'accept-ranges': 'bytes',
    'repr-digest': digestOfChecksum(checksum),
    'mog-fid': String(fid),
    'mog-class': 'default',
    'mog-meta-owner': encodeURIComponent('zoë'),
    'mog-meta-a-b_c': encodeURIComponent('50% "x"'),
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(headers.get(name), value, name)
  const modifiedMs = Date.parse(headers.get('last-modified') ?? '')
  assert.ok(Math.abs(modifiedMs - Date.now()) < 60_000)
})

test('HEAD of an empty file says 0 bytes, of a huge one all of them, of none 404', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('empty', '')
  await world.put('huge')
  const tebibytes = 15 * 1024 ** 4
  await world.sql(`update file set bytes = $1 where key = 'huge'`, tebibytes)
  const lengthOf = async (key: string) =>
    (await world.call('HEAD', `${files}/${key}`)).headers.get('content-length')
  assert.equal(await lengthOf('empty'), '0')
  assert.equal(await lengthOf('huge'), String(tebibytes))
  const none = await world.call('HEAD', `${files}/none`)
  assert.deepEqual([none.status, none.body], [404, undefined])
})
