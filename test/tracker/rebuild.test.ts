// A rebuild as trackers do it: what disks tell, in any order and twice; what is made of it by two
// at once; and what is not erased meanwhile.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { CatalogueEntry, CompareResponse } from '#shared/wire/catalogue.ts'
import { Applied, Rebuild, RebuildFiles } from '#shared/wire/rebuild.ts'
import { parseAnswer } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const clusterId = '5b1c0a3e-7a55-4d0e-9f8e-3a3c7d1f0e11'
const checksum = `SHA-256:${'a'.repeat(64)}`

const entry = (fid: number, key: string, own = {}) => ({
  fid,
  domain: 'demo',
  key,
  class: 'default',
  bytes: 5,
  checksum,
  createdAtMs: 1_000,
  ...own,
})

const at = '2026-01-01T00:00:00Z'
const definitions = {
  clusterId,
  domain: [{ domain_id: 7, name: 'demo', created_at: at }],
  class: [
    {
      class_id: 9,
      domain_id: 7,
      name: 'default',
      copies: 2,
      policy: 'MultipleHosts()',
      checksum_kind: 'SHA-256',
      commit_at: 1,
      trash_s: 0,
      public_read: false,
    },
  ],
  host: [1, 2].map((n) => ({
    host_id: n,
    name: `h${n}`,
    state: 'alive',
    url: `http://127.0.2.${n}:7500`,
    key_version: 1,
    held_key_version: 1,
    rotated_at: at,
  })),
  device: [1, 2].map((n) => ({
    device_id: n,
    host_id: n,
    state: 'alive',
    weight: 100,
    marked_at: at,
  })),
  setting: [],
  api_key: [],
}

const load = (world: World, deviceId: number, files: object[], own: object = {}) =>
  world.call('POST', '/v1/admin/rebuild/load', {
    json: { clusterId, deviceId, files, toFid: 99, isWhole: true, ...own },
  })

async function apply(world: World, tracker = 0): Promise<number> {
  for (let placed = 0; ; ) {
    const answer = await world.ask(Applied, 'POST', '/v1/admin/rebuild/apply', { at: tracker })
    placed += answer.placed
    if (answer.isDone) return placed
  }
}

const verdicts = (world: World) => world.ask(RebuildFiles, 'GET', '/v1/admin/rebuild/files')

/** Nothing in it: as after `migrate`. */
async function emptyWorld(trackers = 1): Promise<World> {
  const world = await trackerWorld({ hosts: 0, trackers })
  await world.sql('delete from class')
  await world.sql('delete from domain')
  return world
}

test('the newest word of all disks about a fid counts, and the newest fid of a key', async () => {
  await using world = await emptyWorld()
  const first = [
    { fid: 1, bytes: 5, entry: entry(1, 'a'), readMs: 10 },
    { fid: 2, bytes: 5, entry: entry(2, 'old name'), readMs: 10 },
    { fid: 3, bytes: 5, entry: entry(3, 'gone'), readMs: 10 },
    { fid: 4, bytes: 5, entry: entry(4, 'a'), readMs: 10 },
    { fid: 5, bytes: 4, entry: entry(5, 'a'), readMs: 10 }, // cut off: as good as not there
    { fid: 6, bytes: 5, entry: entry(6, 'x', { domain: 'unheard-of' }), readMs: 10 },
    { fid: 7, bytes: 5, entry: entry(7, 'restored'), readMs: 30, deletedMs: 20 },
  ]
  const second = [
    { fid: 2, bytes: 5, entry: entry(2, 'new name', { class: 'forgotten' }), readMs: 20 },
    { fid: 3, deletedMs: 20 },
    { fid: 8, bytes: 5 },
  ]
  for (const isWhole of [false, true]) {
    await load(world, 2, second, { isWhole })
    assert.equal((await load(world, 1, first, { definitions, definedMs: 5, isWhole })).status, 200)
  }
  const judged = await verdicts(world)
  assert.deepEqual(judged.tally, {
    placeable: 4,
    superseded: 1,
    deleted: 1,
    lost: 1,
    undescribed: 1,
  })
  assert.equal(await apply(world), 3)
  const left = (await verdicts(world)).unplaced.map(({ fid, verdict, deviceIds }) => {
    return `${fid} ${verdict} ${deviceIds.join()}`
  })
  assert.deepEqual(left, [
    '1 superseded 1',
    '3 deleted 1',
    '5 lost 1',
    '6 homeless 1',
    '8 undescribed 2',
  ])
  const files = await world.sql<{ line: string }>(`
    select concat_ws(' ', fid, key, array(select device_id from replica
      where replica.fid = file.fid order by 1)) as line from file order by fid`)
  assert.deepEqual(
    files.map(({ line }) => line),
    ['2 new name {1,2}', '4 a {1}', '7 restored {1}'],
  )
  const [usage] = await world.sql(`select * from domain_usage(7)`)
  assert.deepEqual(usage, { used_files: 3, used_bytes: 15 })
})

const filesFrom = (first: number) =>
  Array.from({ length: 1_000 }, (_, n) => {
    const fid = first + n
    return { fid, bytes: 5, entry: entry(fid, `key ${fid % 1_500}`), readMs: 10 }
  })

test('two who apply at once make each file once; a late disk adds its copies', async () => {
  await using world = await emptyWorld(2)
  await Promise.all([
    load(world, 1, filesFrom(1), { definitions, definedMs: 1 }),
    load(world, 1, filesFrom(1_001), { toFid: 2_000 }),
    load(world, 1, filesFrom(501), { isWhole: false }),
  ])
  const placed = await Promise.all([apply(world, 0), apply(world, 1)])
  assert.equal(placed[0] + placed[1], 1_500)
  assert.deepEqual(
    await world.sql('select device_id, state from device order by 1'),
    [
      { device_id: 1, state: 'alive' },
      { device_id: 2, state: 'down' },
    ],
    'what was not read would be erased as unknown',
  )
  await load(world, 2, filesFrom(1_001))
  assert.equal(await apply(world), 0)
  const [count] = await world.sql<{ n: number }>(`
    select count(*)::int as n from placements() where device_ids = '{1,2}' and files = 1000`)
  assert.equal(count?.n, 1)
  const [next] = await world.sql<{ fid: number }>(`select nextval('fid_sequence') as fid`)
  assert.ok((next?.fid ?? 0) > 1_000_000)
})

test('definitions older than a column get its default, and lose none of theirs', async () => {
  await using world = await emptyWorld()
  const [{ commit_at: _, ...older } = assert.fail()] = definitions.class
  const key = { label: 'slow', key_hash: 'h', scopes: ['read'], created_at: at, rate_per_s: 5 }
  const told = { ...definitions, class: [older], api_key: [key] }
  const files = [{ fid: 1, bytes: 5, entry: entry(1, 'a'), readMs: 10 }]
  assert.equal((await load(world, 1, files, { definitions: told, definedMs: 5 })).status, 200)
  assert.equal(await apply(world), 1)
  const [restored] = await world.sql(`select commit_at, rate_per_s from class, api_key
    where label = 'slow'`)
  assert.deepEqual(restored, { commit_at: 1, rate_per_s: 5 })
})

test('a rebuild begins in an empty database alone, and with the disks of one cluster', async () => {
  await using full = await trackerWorld()
  await full.put('a')
  const refused = await load(full, 1, [])
  assert.deepEqual([refused.status, refused.code], [409, 'rebuild_refused'])

  await using world = await emptyWorld()
  await load(world, 1, [{ fid: 1, bytes: 5 }])
  const foreign = await load(world, 2, [], { clusterId: '00000000-0000-4000-8000-000000000000' })
  assert.equal(foreign.code, 'rebuild_refused')
  const undefinedYet = await world.call('POST', '/v1/admin/rebuild/apply')
  assert.equal(undefinedYet.code, 'rebuild_undefined')
  assert.equal((await world.call('DELETE', '/v1/admin/rebuild')).status, 200)
  assert.equal((await world.ask(Rebuild, 'GET', '/v1/admin/rebuild')).state, 'idle')
  assert.equal((await world.call('POST', '/v1/admin/rebuild/apply')).code, 'rebuild_refused')
})

test('what has no place is not erased as unknown until the rebuild is forgotten', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [host] = world.hosts
  const deviceId = host?.deviceIds[0]
  assert.ok(host !== undefined && deviceId !== undefined)
  await world.put('a', 'a', { class: 'thumb' })
  await world.sql(`insert into fid_mark values (50, '-infinity')`)
  await world.sql(`insert into rebuild_copy values (40, $1, 5)`, deviceId)
  const strays = async (fid: number, fromFid: number) => {
    const ask = { deviceId, fromFid, toFid: fid, fids: [fid] }
    const { body } = await host.ask('inventory', ask)
    return body
  }
  assert.deepEqual(await strays(40, 1), { strays: 0, sweptFid: 40 })
  assert.deepEqual(await strays(41, 41), { strays: 1, sweptFid: 41 })
})

test('an agent is told of a leaf where its digest differs, and else nothing', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [host] = world.hosts
  const deviceId = host?.deviceIds[0]
  assert.ok(host !== undefined && deviceId !== undefined)
  const { fid } = await world.put('a "key"', 'text', {
    class: 'thumb',
    metadata: { b: 'x', a: '' },
  })
  const compare = async (files: number, digest: string) =>
    parseAnswer(
      CompareResponse,
      await host.ask('compare', { deviceId, leaves: [{ leaf: 0, files, digest }] }),
    )
  const [told] = (await compare(0, '0'.repeat(16))).leaves
  assert.ok(told !== undefined)
  assert.deepEqual(told.live, [fid])
  const [text = ''] = told.entries
  const known = CatalogueEntry.parse(JSON.parse(text))
  assert.equal(known.key, 'a "key"')
  assert.equal(known.class, 'thumb')
  assert.deepEqual(known.metadata, { b: 'x', a: '' })
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  assert.deepEqual((await compare(1, digest)).leaves, [])
  assert.equal((await compare(2, digest)).leaves.length, 1)
  const foreign = await host.ask('compare', { deviceId: 999, leaves: [] })
  assert.equal(foreign.code, 'unauthorized')
})
