// Sweeps and syncs run every second, for ever: what they cost is what they do, however many files
// and jobs there are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { Checksum, DeviceId, Fid } from '#shared/ids.ts'
import { closeUploads } from '#tracker/db/closes.ts'
import { declareDead } from '#tracker/db/dead-hosts.ts'
import { turnFsck } from '#tracker/db/fsck.ts'
import { drainDevice, takeMoves } from '#tracker/db/moves.ts'
import { nextPolicies } from '#tracker/db/policies.ts'
import { walkRebalance } from '#tracker/db/rebalance.ts'
import { bytesComing, reapDevice, rehomeJobs, takeShortfalls } from '#tracker/db/shortfalls.ts'
import type { Statement } from '#tracker/db/statement.ts'
import { sync } from '#tracker/db/sync.ts'
import { eraseTombstones } from '#tracker/db/tombstones.ts'
import { expireUploads } from '#tracker/db/uploads.ts'
import { wakeShortfalls } from '#tracker/db/wake.ts'
import { syncRequest } from '../statements/samples.ts'
import { trackerWorld } from '../support/world.ts'
import { blocksTouched, planModes } from './blocks-touched.ts'
import { seedFiles } from './seed.ts'

const FILES = 40_000
/** Of 8 kB. The table of replicas and each of its indexes have more than 200 here. */
const FEW_BLOCKS = 60

const reap = reapDevice({ limit: 10, maxBacklog: 100, lapMs: 600_000 })
const sweeps: Record<string, Statement<unknown>> = {
  'expire-uploads': expireUploads(10),
  'erase-tombstones': eraseTombstones(10, 20_000),
  'reap-devices': reap,
  'rehome-jobs': rehomeJobs({ silentMs: 60_000, failures: 5, limit: 10 }),
  'plan-copies': takeShortfalls(10, 100),
  'declare-dead': declareDead({ silentMs: 60_000, maxPercent: 20, gapMs: 300_000 }),
  'drain-devices': drainDevice({ limit: 10, maxMoves: 100, lapMs: 600_000 }),
  'plan-moves': takeMoves(10, 100),
  'wake-shortfalls': wakeShortfalls([], 10, 60_000),
  rebalance: walkRebalance({ limit: 10, maxMoves: 100, oldestFirst: true, drainDone: false }),
  'check-policies': nextPolicies(),
  'turn-fsck': turnFsck(86_400_000),
}

test('a sweep without work costs nearly nothing, however many files there are', async (t) => {
  await using world = await trackerWorld({ hosts: 3 })
  const devices = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  await seedFiles(world, FILES, devices.slice(0, 2))
  await world.sql('vacuum analyze')
  await using client = await connected(world.databaseUrl)
  for (const mode of planModes)
    for (const [name, sweep] of Object.entries(sweeps))
      await t.test(`${name}, ${mode.replaceAll('_', ' ')}`, async () => {
        const blocks = await blocksTouched(client, mode, sweep)
        assert.ok(blocks < FEW_BLOCKS, `${blocks} blocks`)
      })
})

test('a window of a dead device costs what it moves, the last as the first', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const devices = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  const fids = await seedFiles(world, FILES, devices.slice(0, 2))
  await world.sql('vacuum analyze')
  await world.mark('devices', 1, 'dead')
  await using client = await connected(world.databaseUrl)
  await client.query("select forget_copies('{}', '{}')") // its statements are planned once
  for (const from of [0, fids[FILES / 2], fids[FILES - 100]])
    for (const mode of planModes) {
      await world.sql('update device set reaped_fid = $1 where device_id = 1', from)
      const before = await world.sql('select from replica')
      const blocks = await blocksTouched(client, mode, reap)
      assert.equal(before.length - (await world.sql('select from replica')).length, 10)
      assert.ok(blocks < 6 * FEW_BLOCKS, `${blocks} blocks from ${from}, ${mode}`)
    }
})

test('a sync costs what it leases, however long the queue and however many the files', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const devices = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  await seedFiles(world, FILES, devices.slice(0, 2))
  await world.sql(
    `insert into job (host_id, kind, fid, device_id, priority)
      select 1, 'delete', 1000000 + n, 1, 3 from generate_series(1, $1::int) as n`,
    FILES,
  )
  await world.sql('vacuum analyze')
  const [host] = await world.sql<{ credential: string }>(
    'select credential_hash as credential from host where host_id = 1',
  )
  const lists = { devices: [], done: [], failed: [], renew: [] }
  const ask = { ...syncRequest, ...lists, want: 10 }
  await using client = await connected(world.databaseUrl)
  const leasing = sync(host?.credential ?? '', ask, { leaseMs: 60_000, scrubs: true })
  const blocks = await blocksTouched(client, 'force_custom_plan', leasing)
  assert.equal((await world.sql('select from job where leased_until > now()')).length, 10)
  assert.ok(blocks < 5 * FEW_BLOCKS, `${blocks} blocks`)
  await client.query('set enable_seqscan = off') // as a tracker plans
  const byTracker = await blocksTouched(client, 'force_generic_plan', leasing)
  assert.ok(byTracker < 6 * FEW_BLOCKS, `${byTracker} blocks`)
})

test('a sync costs the same while 20,000 erasings wait for a disk out of service', async () => {
  await using world = await trackerWorld({ hosts: 1, devicesPerHost: 2 })
  const [down, good] = world.host(0).deviceIds
  await world.sql(
    `insert into job (host_id, kind, fid, device_id, priority)
      select host_id, 'delete', 1000000 * device_id + n, device_id, 3 from device
      cross join generate_series(1, 20000) as n where device_id = $1 or n <= 400`,
    down,
  )
  await world.mark('devices', down ?? 0, 'down')
  await world.sql('vacuum analyze')
  const [host] = await world.sql<{ credential: string }>(
    'select credential_hash as credential from host',
  )
  const lists = { devices: [], done: [], failed: [], renew: [] }
  const ask = { ...syncRequest, ...lists, want: 10 }
  await using client = await connected(world.databaseUrl)
  const leasing = sync(host?.credential ?? '', ask, { leaseMs: 60_000, scrubs: true })
  for (const mode of planModes) {
    if (mode === 'force_generic_plan') await client.query('set enable_seqscan = off')
    const blocks = await blocksTouched(client, mode, leasing)
    assert.ok(blocks < 6 * FEW_BLOCKS, `${blocks} blocks, ${mode}`)
  }
  const leased = await world.sql<{ device_id: number }>(
    'select device_id from job where attempt > 0',
  )
  assert.deepEqual(
    [leased.length, new Set(leased.map((job) => job.device_id))],
    [20, new Set([good])],
  )
})

test('short files are planned at the same cost while 100,000 erasings wait', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const erasings = `insert into job (host_id, kind, fid, device_id, priority)
    select 1, 'delete', 1000000 + n, 1, 3 from generate_series(1, 100000) as n`
  await world.sql(erasings)
  const order = `insert into job (host_id, kind, fid, device_id, priority, failures)
    select 1, 'replicate', 1 + n, 1, 3, 9 from generate_series(1, 10) as n`
  await world.sql(order)
  await world.sql('vacuum analyze')
  await using client = await connected(world.databaseUrl)
  const rehome = rehomeJobs({ silentMs: 60_000, failures: 5, limit: 10 })
  for (const mode of planModes)
    for (const sweep of [takeShortfalls(10, 100), rehome, bytesComing()]) {
      const blocks = await blocksTouched(client, mode, sweep)
      assert.ok(blocks < 4 * FEW_BLOCKS, `${blocks} blocks, ${mode}: ${sweep.text.slice(0, 40)}`)
      await world.sql(`delete from job where kind = 'replicate' or fid <= 11`)
      await world.sql(order)
    }
})

test('a sweep without work costs nearly nothing while 20,000 copies are on their way', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await world.sql(`insert into job (host_id, kind, fid, device_id, priority)
    select 1, 'replicate', 1000000 + n, 1, 1 from generate_series(1, 20000) as n`)
  await world.sql('vacuum analyze')
  await using client = await connected(world.databaseUrl)
  const idle = ['rehome-jobs', 'plan-copies', 'plan-moves'].flatMap((name) => sweeps[name] ?? [])
  for (const mode of planModes)
    for (const sweep of [...idle, takeShortfalls(10, 30_000), takeMoves(10, 30_000)]) {
      const blocks = await blocksTouched(client, mode, sweep)
      assert.ok(blocks < FEW_BLOCKS, `${blocks} blocks, ${mode}: ${sweep.text.slice(0, 40)}`)
    }
})

test('a close costs the same however many uploads came since it was planned', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  await using client = await connected(world.databaseUrl)
  await client.query('set enable_seqscan = off') // as a tracker plans
  const fid = Fid.parse(1_000_001)
  const stored = { fid, deviceId: DeviceId.parse(1), bytes: 1, checksum: Checksum.parse('none') }
  const closing = closeUploads([{ domain: null, stored }])
  const open = `insert into upload (fid, domain_id, class_id, copies, commit_at, key,
      device_ids, host_ids, expires_at)
    select 1000000 + n, class.domain_id, class_id, 2, 1, 'open/' || n,
      '{1}', '{1}', now() + interval '1 day'
    from class cross join generate_series(1, 20000) as n where name = 'default'`
  const blocks = await blocksTouched(client, 'force_generic_plan', closing, () => world.sql(open))
  assert.equal((await world.sql('select from file')).length, 1)
  assert.ok(blocks < 3 * FEW_BLOCKS, `${blocks} blocks`)
})

async function connected(databaseUrl: string) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}
