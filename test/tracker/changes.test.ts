// The feed of changes: each change once, in one order for all readers, whoever made it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { NewDomain } from '#shared/wire/admin.ts'
import { type Change, Changes } from '#shared/wire/changes.ts'
import { pruneChanges } from '#tracker/db/changes.ts'
import type { World } from '../support/tracker-world.ts'
import { untilTrue } from '../support/until-true.ts'
import { trackerWorld } from '../support/world.ts'

const feed = '/v1/domains/demo/changes'
const page = (world: World, query = '') => world.ask(Changes, 'GET', `${feed}${query}`)

/** All that is settled. Other tests' transactions on this server may hold it up for a moment. */
async function changesBehind(world: World, count: number, after?: string): Promise<Change[]> {
  const from = after === undefined ? '' : `&after=${after}`
  let found: Change[] = []
  await untilTrue(async () => {
    ;({ changes: found } = await page(world, `?limit=1000${from}`))
    return found.length >= count
  }, `${count} changes are settled`)
  return found
}

async function session({ databaseUrl }: World) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

test('every change of a key is told, with what it was before', async () => {
  await using world = await trackerWorld()
  const { fid: first } = await world.put('a', 'one')
  const { fid: second } = await world.put('a', 'other')
  const change = (json: unknown) => world.call('PATCH', '/v1/domains/demo/files/a', { json })
  await change({ class: 'thumb' })
  await change({ metadata: { colour: 'blue' } })
  await change({ key: 'b' })
  await world.call('DELETE', '/v1/domains/demo/files/b')

  const told = await changesBehind(world, 6)
  assert.deepEqual(
    told.map((each) => [
      each.kind,
      each.key,
      each.fid,
      each.prevFid,
      each.prevKey,
      each.class,
      each.bytes,
    ]),
    [
      ['create', 'a', first, null, null, 'default', 3],
      ['overwrite', 'a', second, first, null, 'default', 5],
      ['class', 'a', second, null, null, 'thumb', 5],
      ['metadata', 'a', second, null, null, 'thumb', 5],
      ['rename', 'b', second, null, 'a', 'thumb', 5],
      ['delete', 'b', second, null, null, 'thumb', 5],
    ],
  )
})

test('a change of several things at once is told as each of them, in one transaction', async () => {
  await using world = await trackerWorld()
  await world.put('a')
  const json = { key: 'b', class: 'thumb', contentType: 'text/plain' }
  await world.call('PATCH', '/v1/domains/demo/files/a', { json })
  const [, ...told] = await changesBehind(world, 4)
  assert.deepEqual(told.map(({ kind }) => kind).toSorted(), ['class', 'metadata', 'rename'])
  assert.equal(new Set(told.map(({ cursor }) => cursor.split('.')[0])).size, 1)
})

test('a reader goes on page by page, and comes back to the end', async () => {
  await using world = await trackerWorld()
  const { cursor: start } = await page(world, '?after=now')
  for (let n = 0; n < 5; n++) await world.put(`${n}`)
  await changesBehind(world, 5)

  const first = await page(world, `?limit=3&after=${start}`)
  const second = await page(world, `?limit=3&after=${first.cursor}`)
  const third = await page(world, `?limit=3&after=${second.cursor}`)
  assert.deepEqual(
    [first, second, third].map(({ changes, more }) => [changes.map(({ key }) => key), more]),
    [
      [['0', '1', '2'], true],
      [['3', '4'], false],
      [[], false],
    ],
  )
  assert.equal(third.cursor, second.cursor)
  assert.deepEqual((await page(world, '?after=now')).changes, [])
})

test('what commits late is told late, and never behind a cursor', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const { cursor: start } = await page(world, '?after=now')
  await using held = await session(world)
  await held.query('begin')
  await held.query(`insert into change (kind, domain_id, key, fid, class_id, bytes)
    values ('create', 1, 'late', 1, 1, 1)`)
  await world.put('early')
  assert.deepEqual((await page(world, `?after=${start}`)).changes, [], 'the older one still runs')

  await held.query('commit')
  const told = await changesBehind(world, 2, start)
  assert.deepEqual(
    told.map(({ key }) => key),
    ['late', 'early'],
  )
})

test('many writers at once: who follows misses nothing and sees nothing twice', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const keys = Array.from({ length: 40 }, (_, n) => `${n % 8}`)
  const writing = Promise.all(keys.map((key, n) => world.put(key, `${n}`, {}, n % 2)))
  const seen: Change[] = []
  let after: string | undefined
  await untilTrue(async () => {
    const { changes, cursor } = await page(
      world,
      after === undefined ? '?limit=7' : `?limit=7&after=${after}`,
    )
    seen.push(...changes)
    if (changes.length > 0) after = cursor
    return seen.length >= keys.length
  }, 'all changes are seen')
  const stored = await writing
  assert.deepEqual(
    seen.map(({ fid }) => fid).toSorted((a, b) => a - b),
    stored.map(({ fid }) => fid).toSorted((a, b) => a - b),
  )
  for (const { kind, key, prevFid } of seen) {
    const before = seen.find(({ fid }) => fid === prevFid)
    assert.equal(kind, before === undefined ? 'create' : 'overwrite')
    if (before !== undefined) assert.equal(before.key, key)
  }
})

test('a cursor that is older than what is kept is refused, not answered with a gap', async () => {
  await using world = await trackerWorld()
  const { db } = world.tracker()
  const { cursor: start } = await page(world, '?after=now')
  for (const key of ['a', 'b', 'c']) await world.put(key)
  const [first] = await changesBehind(world, 3)
  await world.sql(`update change set at = now() - interval '2 days' where key in ('a', 'b')`)
  const pruned = await Promise.all([1, 2].map(() => db.all(pruneChanges(86_400_000, 10))))
  assert.equal(
    pruned.flat().reduce((sum, row) => sum + row.pruned, 0),
    2,
  )

  for (const cursor of [start, first?.cursor]) {
    const { status, code } = await world.call('GET', `${feed}?after=${cursor}`)
    assert.deepEqual([status, code], [410, 'cursor_expired'])
  }
  const rest = await page(world)
  assert.deepEqual(
    rest.changes.map(({ key }) => key),
    ['c'],
    'without a cursor: what there is',
  )
})

test('a domain that is deleted leaves no changes behind, and another has its own', async () => {
  await using world = await trackerWorld()
  await world.ask(NewDomain, 'POST', '/v1/admin/domains', { json: { name: 'other' } })
  await world.put('a')
  assert.deepEqual((await world.ask(Changes, 'GET', '/v1/domains/other/changes')).changes, [])
  await changesBehind(world, 1)

  await world.call('DELETE', '/v1/domains/demo/files/a')
  await world.settle()
  await world.call('DELETE', '/v1/admin/domains/demo')
  const { status, code } = await world.call('GET', feed)
  assert.deepEqual([status, code], [404, 'unreg_domain'])
  await world.tracker().db.all(pruneChanges(86_400_000, 10))
  assert.deepEqual(await world.sql('select from change'), [])
})

test('a cursor that was never given is refused', async () => {
  await using world = await trackerWorld({ hosts: 0 })
  for (const after of [
    '1',
    '-1.2',
    '1.2.3',
    'yesterday',
    '1.99999999999999999999',
    `${'9'.repeat(20)}.1`,
  ]) {
    const { status } = await world.call('GET', `${feed}?after=${encodeURIComponent(after)}`)
    assert.equal(status, 400, after)
  }
})
