// The two ways into PostgreSQL: connections of pg on Node, HTTP of the Neon driver on Workers. One
// SQL text, and the same rows: arrays, nulls, JSON, numbers beyond 32 bits, text to be quoted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startNeonStandIn } from '#infra/dev/neon-stand-in.ts'
import { DomainName, Key, Name } from '#shared/ids.ts'
import { hashSecret } from '#shared/mac.ts'
import { callerOfKey, listApiKeys } from '#tracker/db/api-keys.ts'
import { closeUploads, explainUploads } from '#tracker/db/closes.ts'
import { readCluster } from '#tracker/db/cluster.ts'
import { type Db, violates } from '#tracker/db/db.ts'
import { listDevices } from '#tracker/db/devices.ts'
import { listDomains } from '#tracker/db/domains.ts'
import { changeFile, fileDetail, listFiles, listGroups } from '#tracker/db/files.ts'
import { listHosts } from '#tracker/db/hosts.ts'
import { neonDb } from '#tracker/db/neon.ts'
import { copiesOfKeys } from '#tracker/db/replicas.ts'
import { writeSettings } from '#tracker/db/settings.ts'
import { recordPlan, takeShortfalls } from '#tracker/db/shortfalls.ts'
import type { Statement } from '#tracker/db/statement.ts'
import { ping, readStats } from '#tracker/db/stats.ts'
import { sync } from '#tracker/db/sync.ts'
import { openUploads } from '#tracker/db/uploads.ts'
import { measured, type World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { page, syncRequest } from './samples.ts'

const demo = DomainName.parse('demo')
const odd = Key.parse('ключ/"quoted", {braced} \\ 😀')
const BEYOND_32_BITS = 5_000_000_000

interface TwoWays extends AsyncDisposable {
  world: World
  pg: Db
  neon: Db
  /** HTTP requests of the Neon driver so far. */
  requests(): number
}

async function twoWays(): Promise<TwoWays> {
  await using making = new AsyncDisposableStack()
  const world = making.use(await trackerWorld())
  const standIn = making.use(await startNeonStandIn(world))
  await world.sql(`select setval('fid_sequence', $1)`, BEYOND_32_BITS)
  const made = making.move()
  return {
    world,
    pg: world.tracker().db,
    neon: neonDb(world.databaseUrl, standIn.url),
    requests: () => standIn.queries(),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  }
}

/** Without what is measured anew at every look. */
const still = (rows: unknown): unknown =>
  JSON.parse(JSON.stringify(rows), (name, value: unknown) => (name === 'silentMs' ? 0 : value))

test('what is read is the same either way', async () => {
  await using ways = await twoWays()
  const { world, pg, neon } = ways
  await world.put(odd, 'text', {
    contentType: 'text/plain',
    metadata: { who: 'Zoë', quoted: '"\\"' },
  })
  await world.put('plain')
  const upload = await world.open('open')
  const [target] = upload.targets
  assert.ok(target !== undefined)
  await world.mark('devices', 2, 'drain')

  const reads: Record<string, Statement<unknown>> = {
    cluster: readCluster(),
    domains: listDomains(),
    hosts: listHosts(),
    devices: listDevices(),
    keys: listApiKeys(),
    caller: callerOfKey(hashSecret(world.adminKey)),
    located: copiesOfKeys([{ domain: demo, key: odd }]),
    detail: fileDetail(demo, odd),
    files: listFiles(demo, page),
    groups: listGroups(demo, page, '/', '0'),
    open: explainUploads([
      { domain: demo, stored: { fid: upload.fid, deviceId: target.deviceId } },
    ]),
    stats: readStats(),
    ping: ping(),
  }
  for (const [name, statement] of Object.entries(reads)) {
    const [overPg, overNeon] = [await pg.all(statement), await neon.all(statement)]
    assert.ok(overPg.length > 0, name)
    assert.deepEqual(still(overNeon), still(overPg), name)
  }
})

test('what is written over one way is read over the other', async () => {
  await using ways = await twoWays()
  for (const [writer, reader] of [
    [ways.pg, ways.neon],
    [ways.neon, ways.pg],
  ] as const) {
    const request = {
      key: odd,
      class: Name.parse('default'),
      bytes: 4,
      contentType: 'text/plain',
      metadata: { quoted: '"\\" {,} é' },
    }
    const ranked = ways.world.hosts.flatMap(({ hostId, deviceIds }) =>
      deviceIds.map((deviceId) => ({ hostId, deviceId })),
    )
    const [upload] = await writer.all(
      openUploads([{ domain: demo, request, ranked, uploadMs: 60_000 }]),
    )
    assert.ok(upload !== undefined && upload.fid > BEYOND_32_BITS)
    assert.deepEqual(
      upload.deviceIds,
      ranked.map(({ deviceId }) => deviceId),
    )

    const deviceId = ranked[0]?.deviceId
    assert.ok(deviceId !== undefined)
    const stored = { fid: upload.fid, deviceId, ...measured('text') }
    const [closed] = await writer.all(closeUploads([{ domain: demo, stored }]))
    assert.equal(closed?.fid, upload.fid)

    const [detail] = await reader.all(fileDetail(demo, odd))
    const { deviceId: _, ...known } = stored
    const expected = { ...request, ...known, domain: 'demo', deviceIds: [deviceId] }
    const { createdAtMs, classId } = detail ?? {}
    assert.deepEqual(detail, { ...expected, createdAtMs, classId })
  }
})

test('a change that leaves parts as they are, and one that empties them', async () => {
  await using ways = await twoWays()
  const { world, neon, pg } = ways
  await world.put('a', 'a', { contentType: 'text/plain', metadata: { kept: 'yes' } })
  for (const db of [neon, pg]) {
    const key = Key.parse('a')
    await db.all(changeFile(demo, key, { metadata: {} }))
    await db.all(changeFile(demo, key, { contentType: null }))
    const [detail] = await db.all(fileDetail(demo, key))
    assert.deepEqual([detail?.metadata, detail?.contentType], [{}, null])

    await db.all(changeFile(demo, key, { contentType: 'text/plain', metadata: { kept: 'yes' } }))
    await db.all(changeFile(demo, key, { class: Name.parse('thumb') }))
    const [again] = await db.all(fileDetail(demo, key))
    assert.deepEqual(
      [again?.metadata, again?.contentType, again?.class],
      [{ kept: 'yes' }, 'text/plain', 'thumb'],
    )
  }
})

test('a sync with empty lists, with nulls in lists and with text that needs quoting', async () => {
  await using ways = await twoWays()
  const { world } = ways
  const [row] = await world.sql<{ credential_hash: string }>(
    'select credential_hash from host where host_id = 1',
  )
  const credential = row?.credential_hash ?? ''
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  const gauge = {
    deviceId,
    condition: 'fenced',
    reason: 'a "b", {c}\\',
    bytesTotal: BEYOND_32_BITS,
    bytesFree: 0,
    utilization: null,
  } as const

  for (const db of [ways.pg, ways.neon]) {
    await world.put('a', String(db === ways.pg))
    const quiet = { ...syncRequest, devices: [], done: [], failed: [], renew: [], want: 0 }
    const [idle] = await db.all(sync(credential, quiet, { leaseMs: 60_000, scrubs: false }))
    assert.deepEqual(idle?.jobs, [])

    const [busy] = await db.all(
      sync(credential, { ...syncRequest, devices: [gauge] }, { leaseMs: 60_000, scrubs: false }),
    )
    assert.deepEqual(busy?.devices, [{ deviceId, state: 'alive', sweptFid: 0 }])
    const [device] = await db.all(listDevices())
    assert.deepEqual(
      [device?.reason, device?.bytesTotal, device?.utilization, device?.condition],
      [gauge.reason, BEYOND_32_BITS, null, 'fenced'],
    )
    await world.host(0).sync()
  }
})

test('a plan with empty lists changes nothing, one with reasons writes them down', async () => {
  await using ways = await twoWays()
  const { world } = ways
  const { fid } = await world.put('a')
  await world.sql('delete from job')
  const reason = 'no "room", {nowhere}\\'
  for (const db of [ways.neon, ways.pg]) {
    await world.sql(
      `insert into shortfall (fid, reason) values ($1, 'x')
      on conflict (fid) do update set try_at = now()`,
      fid,
    )
    const [short] = await db.all(takeShortfalls(10, 10))
    assert.deepEqual([short?.fid, short?.file?.copies, short?.coming], [fid, 2, []])
    assert.ok(short !== undefined)

    assert.deepEqual(await db.all(recordPlan([], [], [])), [{ planned: 0 }])
    await db.all(recordPlan([], [], [{ fid, version: short.version, reason }]))
    const stats = await db.all(readStats())
    assert.deepEqual(stats[0]?.shortfalls, [{ reason, files: 1 }])
  }
})

test('a constraint that says no is known by its name, and settings keep their types', async () => {
  await using ways = await twoWays()
  const { world } = ways
  await world.put('a')
  await world.put('b')
  for (const db of [ways.neon, ways.pg]) {
    const rename = db.all(changeFile(demo, Key.parse('a'), { key: Key.parse('b') }))
    await assert.rejects(rename, (error) => violates(error, 'file_pkey'))

    await db.all(writeSettings({ apiKeyId: 1, label: 'ops' }, { leaseMs: 500, busyPollMs: null }))
    const [cluster] = await db.all(readCluster())
    assert.equal(cluster?.settings['leaseMs'], 500)
  }
})

test('every statement is one request of the Neon driver', async () => {
  await using ways = await twoWays()
  const before = ways.requests()
  await ways.neon.all(readCluster())
  await ways.neon.all(readStats())
  assert.equal(ways.requests() - before, 2)
})
