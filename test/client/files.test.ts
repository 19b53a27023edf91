// What is asked of a tracker alone: list, stat, rename, delete; keys of every kind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '#shared/client/connect.ts'
import { Refusal } from '#shared/client/refusal.ts'
import { demoOf } from './demo.ts'
import { answerJson, refuses } from './http-server.ts'
import { standIn } from './stand-in.ts'
import { testClock } from './test-clock.ts'

const oddKeys = ['.', '..', 'a/../b', '/', 'a b+c%20d', '?x=1&y#z', 'ключ/😀', "'--", '\n']

test('keys of every kind are stored, read and deleted under their own name', async () => {
  await using world = await standIn({ nodes: 1 })
  const { demo } = demoOf(world)
  for (const key of oddKeys) await demo.put(key, `of ${key}`)
  assert.deepEqual([...world.files.keys()], oddKeys)
  for (const key of oddKeys) {
    assert.equal(await (await demo.get(key)).text(), `of ${key}`)
    assert.equal((await demo.info(key)).key, key)
    await demo.delete(key)
  }
  assert.equal(world.files.size, 0)
})

test('a long list comes page by page, each when it is wanted', async () => {
  await using world = await standIn({ nodes: 1 })
  const { demo } = demoOf(world)
  for (const key of ['a', 'b/1', 'b/2', 'c', 'd']) await demo.put(key, '')
  const pages = demo.list({ limit: 2, delimiter: '/' })
  const shapes: unknown[] = []
  for await (const { files, prefixes } of pages)
    shapes.push([files.map(({ key }) => key), prefixes])
  assert.deepEqual(shapes, [
    [['a'], ['b/']],
    [['c', 'd'], []],
  ])
  const { files, nextAfter } = await demo.listPage({ prefix: 'b/', limit: 1 })
  assert.deepEqual([files[0]?.key, nextAfter], ['b/1', 'b/1'])
})

test('a stat is one HEAD', async () => {
  await using world = await standIn({ nodes: 1 })
  const { demo } = demoOf(world)
  const options = { class: 'größe', contentType: 'image/png', metadata: { by: '100 % Zoë' } }
  const stored = await demo.put('k', 'hello', options)
  world.asked.length = 0

  const { fid, bytes, checksum } = stored
  assert.deepEqual(await demo.stat('k'), { fid, bytes, checksum, ...options })
  assert.deepEqual(world.asked, ['tracker HEAD /v1/domains/demo/file?key=k'])
})

test('a stat that is refused says why, although a HEAD cannot', async () => {
  await using world = await standIn({ nodes: 1 })
  const { client, demo } = demoOf(world)
  await assert.rejects(demo.stat('k'), { code: 'unknown_key' })
  await assert.rejects(client.domain('other').stat('k'), { code: 'unreg_domain' })
})

test('many files are asked for by the thousand, and each has its own outcome', async () => {
  await using world = await standIn({ nodes: 1 })
  const { demo } = demoOf(world)
  await demo.put('a', 'x')
  world.asked.length = 0

  const keys = ['a', ...Array.from({ length: 1_500 }, (_, n) => `none ${n}`)]
  const found: (string | number)[] = []
  for await (const file of demo.infoMany(keys))
    found.push(file instanceof Refusal ? file.code : file.fid)
  assert.deepEqual(found, [1, ...keys.slice(1).map(() => 'unknown_key')])
  assert.equal(world.asked.length, 2)

  const deletions = demo.deleteMany(['a', 'a'])
  assert.deepEqual((await deletions.next()).value, { fid: 1 })
  const { value: refused } = await deletions.next()
  assert.ok(refused instanceof Refusal && refused.requestId === 'request-1')
})

test('a rename keeps the bytes, and takes no key that is in use', async () => {
  await using world = await standIn({ nodes: 1 })
  const { demo } = demoOf(world)
  const { fid } = await demo.put('from', 'hello')
  await demo.put('used', '')
  assert.equal((await demo.rename('from', 'to')).fid, fid)
  await assert.rejects(demo.rename('to', 'used'), { code: 'key_exists', status: 409 })
  assert.equal((await demo.change('to', { class: 'thumb', contentType: null })).class, 'thumb')
})

test('paths are verified unless nobody wants it', async () => {
  await using world = await standIn({ nodes: 3 })
  const { demo } = demoOf(world)
  await demo.put('k', 'hello')
  world.asked.length = 0
  assert.equal((await demo.paths('k', { count: 1 })).paths.length, 1)
  await demo.paths('k', { noverify: true })
  assert.deepEqual(world.asked, [
    'tracker GET /v1/domains/demo/paths?key=k&count=1',
    'tracker GET /v1/domains/demo/paths?key=k&noverify=1',
  ])
})

test('a wrong key is refused with what to do', async () => {
  await using world = await standIn({ nodes: 1 })
  const demo = connect({ url: world.url, key: 'wrong', clock: testClock() }).domain('demo')
  await assert.rejects(demo.put('k', ''), {
    code: 'unauthorized',
    status: 401,
    hint: 'Send `Authorization: Bearer KEY`; `mog key ls` lists the keys that are good here.',
  })
})

test('a name that no URL can carry is refused', async () => {
  await using world = await standIn({ nodes: 1 })
  const { client } = demoOf(world)
  for (const name of ['', '.', '..', '\ud800'])
    assert.throws(() => client.domain(name), { code: 'invalid_request' })
  assert.equal(client.domain('a/b c').name, 'a/b c')
})

test('what an operator orders goes where its name says', async () => {
  await using world = await standIn({ nodes: 1 })
  const { client } = demoOf(world)
  world.next('tracker GET', (_, response) => answerJson(response, 200, { domains: [] }))
  assert.deepEqual(await client.admin.domains.list(), { domains: [] })

  world.next('tracker PATCH', (_, response) => response.writeHead(204).end())
  await client.admin.classes.change('a/b', 'thumb', { copies: 3 })
  world.next('tracker DELETE', refuses('domain_has_files'))
  await assert.rejects(client.admin.domains.delete('a b'), { code: 'domain_has_files' })
  assert.deepEqual(world.asked, [
    'tracker GET /v1/admin/domains',
    'tracker PATCH /v1/admin/domains/a/b/classes/thumb',
    'tracker DELETE /v1/admin/domains/a b',
  ])
})
