// Interleavings that chance finds once in a million: one statement is held open by a lock that the
// test has, just before its end, while others overtake it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { DomainName } from '#shared/ids.ts'
import { PROTOCOL_VERSION } from '#shared/wire/agents.ts'
import { type CloseAsk, closeUploads } from '#tracker/db/closes.ts'
import { recordPlan, takeShortfalls } from '#tracker/db/shortfalls.ts'
import { eraseTombstones } from '#tracker/db/tombstones.ts'
import type { World } from '../support/tracker-world.ts'
import { untilTrue } from '../support/until-true.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf } from './at-once.ts'
import { assertRowsSound, assertSettled } from './invariants.ts'

const DOMAIN = DomainName.parse('demo')
const GATE = 4_201
const FIRST = 4_202

/** Who first makes or changes such a row of this device waits before its commit, till `release`. */
async function holdOpen(world: World, table: 'replica' | 'job', deviceId: number) {
  await world.sql(`
    create function wait_at_gate() returns trigger language plpgsql as $$
    begin
      if pg_try_advisory_xact_lock(${FIRST}) then
        perform pg_advisory_xact_lock_shared(${GATE});
      end if;
      return null;
    end $$`)
  await world.sql(`
    create constraint trigger gate after insert or update on ${table} deferrable initially deferred
    for each row when (new.device_id = ${deviceId}) execute function wait_at_gate()`)
  const client = await connected(world)
  await client.query('select pg_advisory_lock($1)', [GATE])
  return { ...client, release: () => client.query('select pg_advisory_unlock($1)', [GATE]) }
}

/** Resolves when the statement waits for a lock: ours. */
async function untilHeld<Result>(world: World, begin: () => Promise<Result>) {
  const { over, isWaiting } = await overOrWaiting(world, begin)
  assert.ok(isWaiting, 'it is held open')
  return { over }
}

async function connected(world: World) {
  const client = new pg.Client({ connectionString: world.databaseUrl })
  await client.connect()
  return {
    query: (sql: string, values: unknown[] = []) => client.query(sql, values),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** Resolves when it is over, or one more statement than before waits for a lock. */
async function overOrWaiting<Result>(world: World, begin: () => Promise<Result>) {
  const waiting = async () => {
    const rows = await world.sql(
      `select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows.length
  }
  const before = await waiting()
  const isOver = new AbortController()
  const over = begin().finally(() => isOver.abort())
  await untilTrue(
    async () => isOver.signal.aborted || (await waiting()) > before,
    'to be over or waiting',
  )
  return { over, isWaiting: !isOver.signal.aborted }
}

/** A copy that lies on its disk; `report` says so, and nothing else that could wait. */
async function arrivedCopy(world: World) {
  await world.put('a')
  const [job] = (await Promise.all(world.hosts.map((host) => host.take()))).flat()
  assert.ok(job !== undefined)
  const host = world.hostOf(job.deviceId)
  host.disk(job.deviceId).add(job.fid)
  const done = [{ jobId: job.jobId, attempt: job.attempt }]
  const [protocol, version, url, keyVersion] = [PROTOCOL_VERSION, 'test', host.url, 1]
  const sync = { protocol, version, url, keyVersion, devices: [], done, want: 0 }
  const report = async () => assert.equal((await host.ask('sync', sync)).status, 200)
  return { job, report }
}

const erase = (world: World) => () => world.tracker(1).db.all(eraseTombstones(10, 20_000))

const goneBy: Record<string, (world: World) => () => Promise<unknown>> = {
  'a deletion': (world) => () => world.call('DELETE', '/v1/domains/demo/files/a'),
  'an overwrite': (world) => () => world.put('a', 'again', {}, 1),
}

for (const [says, go] of Object.entries(goneBy)) {
  test(`${says} and its sweep overtake a report that has begun`, async () => {
    await using world = await trackerWorld({ trackers: 2 })
    const { job, report } = await arrivedCopy(world)
    await using held = await holdOpen(world, 'replica', job.deviceId)
    const reported = await untilHeld(world, report)
    const gone = await overOrWaiting(world, go(world))
    const erased = await overOrWaiting(world, erase(world))
    await held.release()
    await allOf<unknown>([reported.over, gone.over, erased.over])
    await assertRowsSound(world)
    await world.settle()
    await assertSettled(world)
  })

  test(`the sweep of ${says} overtakes a report that came after it`, async () => {
    await using world = await trackerWorld({ trackers: 2 })
    const { job, report } = await arrivedCopy(world)
    await go(world)()
    await using held = await holdOpen(world, 'job', job.deviceId)
    const reported = await untilHeld(world, report)
    const erased = await overOrWaiting(world, erase(world))
    await held.release()
    await allOf<unknown>([reported.over, erased.over])
    await assertRowsSound(world)
    await world.settle()
    await assertSettled(world)
  })

  test(`${says} and its sweep overtake a plan that is being written`, async () => {
    await using world = await trackerWorld({ trackers: 2 })
    const { fid, deviceId } = await world.put('a')
    await world.sql('delete from job')
    await world.sql(`insert into shortfall (fid, reason) values ($1, 'a test')`, fid)
    const other = world.hosts.flatMap(({ deviceIds }) => deviceIds).find((id) => id !== deviceId)
    assert.ok(other !== undefined)
    const { db } = world.tracker()
    const settled = await db.all(takeShortfalls(10, 10))
    const plan = recordPlan([{ fid, deviceId: other, priority: 0 }], settled, [])

    await using held = await holdOpen(world, 'job', other)
    const planned = await untilHeld(world, () => db.all(plan))
    const gone = await overOrWaiting(world, go(world))
    const erased = await overOrWaiting(world, erase(world))
    await held.release()
    await allOf<unknown>([planned.over, gone.over, erased.over])
    await assertRowsSound(world)
    await world.settle()
    await assertSettled(world)
  })
}

test('a disk is compared while the report of a copy on it is about to be written', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const { job, report } = await arrivedCopy(world)
  await world.sql('insert into fid_mark values ($1, now())', job.fid)
  await using held = await holdOpen(world, 'replica', job.deviceId)
  const reported = await untilHeld(world, report)
  const compared = await overOrWaiting(world, () =>
    world.hostOf(job.deviceId).takeStock(job.deviceId, 1, job.fid),
  )
  await held.release()
  await allOf<unknown>([reported.over, compared.over])
  await assertRowsSound(world)
  const leased = await world.hostOf(job.deviceId).take()
  assert.deepEqual(leased, [], 'I4: what the replica names is not erased')
  await world.settle()
  await assertSettled(world)
})

const locking = (key: string, how: string) =>
  `select from file where key = '${key}' for no key update ${how}`

test('closes that share a statement take their keys in order, never in a circle', async () => {
  await using world = await trackerWorld()
  for (const key of ['a', 'b']) await world.put(key)
  const after = async (key: string) => world.write(await world.open(key), 'after')
  const asks: CloseAsk[] = [
    { domain: DOMAIN, stored: await after('a') },
    { domain: DOMAIN, stored: await after('b'), expects: { ifMatch: ['*'] } },
  ]
  await using client = await connected(world)
  await client.query('begin')
  await client.query(locking('a', ''))
  const closed = await overOrWaiting(world, () => world.tracker().db.all(closeUploads(asks)))
  await client.query(locking('b', 'nowait')) // nobody has it yet
  await client.query('commit')
  assert.deepEqual(
    (await closed.over).map(({ linked }) => linked),
    [true, true],
  )
})
