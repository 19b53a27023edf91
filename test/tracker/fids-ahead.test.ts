// A busy tracker takes fids ahead, and its opens do not wait for the database's disk. What a crash
// of the database costs then is an upload, which is opened again; never a fid that two files have.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import * as z from 'zod'
import { startPostgres } from '#infra/dev/postgres.ts'
import { migrate } from '#infra/migrate.ts'
import { pgDb } from '#infra/serve/pg-db.ts'
import { DeviceId, type DomainName, Fid, HostId, type Key } from '#shared/ids.ts'
import { FIDS_AHEAD_MS } from '#shared/limits.ts'
import type { Db } from '#tracker/db/db.ts'
import { takeFids } from '#tracker/db/fids.ts'
import { statement } from '#tracker/db/statement.ts'
import { fidsAhead } from '#tracker/fids-ahead.ts'
import { together } from '#tracker/gather.ts'
import { uploads } from '#tracker/uploads.ts'
import { testDatabase } from '../support/database.ts'
import { eventLog } from '../support/event-log.ts'
import { tempDir } from '../support/temp-dir.ts'
import { testClock } from '../support/test-clock.ts'
import { untilTrue } from '../support/until-true.ts'

/** Twice what makes a tracker take some. */
const MANY = 32

const rows = `
  insert into domain (name) values ('demo');
  insert into class (domain_id, name) values (1, 'default');
  insert into host (name) values ('a');
  insert into device (host_id) values (1)`

const ranked = [{ deviceId: DeviceId.parse(1), hostId: HostId.parse(1) }]
const ask = {
  domain: 'demo' as DomainName,
  request: { key: 'k' as Key },
  ranked,
  uploadMs: 60_000,
}

/** A tracker as far as it opens uploads; `takes`: how often it was given fids ahead. */
function opener(real: Db) {
  let takes = 0
  const db: Db = {
    async all(asked) {
      const answered = await real.all(asked)
      if (asked.text === takeFids(1).text) takes += 1
      return answered
    },
  }
  const [clock, events] = [testClock(), eventLog()]
  const takeAhead = fidsAhead({ db, clock, events })
  const { open } = uploads(
    db,
    together(() => new Promise(setImmediate)),
    takeAhead,
  )
  const openSome = async (count: number): Promise<Fid[]> => {
    const opened = await Promise.all(Array.from({ length: count }, () => open(ask)))
    return opened.map((upload) => upload?.fid ?? assert.fail('not opened'))
  }
  return { openSome, takes: () => takes, clock, events }
}

async function openDatabase() {
  await using parts = new AsyncDisposableStack()
  const { url } = parts.use(await testDatabase())
  await seed(url)
  const db = parts.use(pgDb(url))
  const kept = parts.move()
  return { db, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function seed(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(rows)
  await client.end()
}

test('who opens an upload now and then takes no fid ahead', async () => {
  await using database = await openDatabase()
  const tracker = opener(database.db)
  for (let nr = 0; nr < MANY; nr++) {
    await tracker.openSome(1)
    tracker.clock.advance(FIDS_AHEAD_MS)
  }
  assert.equal(tracker.takes(), 0)
})

test('two busy trackers never give one fid twice', async () => {
  await using database = await openDatabase()
  const trackers = [opener(database.db), opener(database.db)]
  const given: Fid[] = []
  for (let round = 0; round < 10; round++)
    for (const fids of await Promise.all(trackers.map(({ openSome }) => openSome(MANY))))
      given.push(...fids)
  assert.equal(new Set(given).size, 20 * MANY)
  for (const { takes, events } of trackers) {
    assert.ok(takes() > 0)
    assert.deepEqual(events.logged, [])
  }
})

test('fids that were not used in time are never used', async () => {
  await using database = await openDatabase()
  const tracker = opener(database.db)
  await tracker.openSome(MANY)
  await untilTaken(tracker)
  const [early] = await tracker.openSome(1)
  const [{ last } = assert.fail()] = await database.db.all(
    statement(z.object({ last: z.int() }))`select last_value as last from fid_sequence`,
  )
  assert.ok(early !== undefined && early < last, 'it is not of those that were taken')
  tracker.clock.advance(FIDS_AHEAD_MS)
  const [late] = await tracker.openSome(1)
  assert.ok(late !== undefined && late > last)
})

test('where none can be taken, opens go on as before, and it is told', async () => {
  await using database = await openDatabase()
  const failing: Db = {
    all: async (asked) => {
      if (asked.text === takeFids(1).text) throw new Error('no')
      return database.db.all(asked)
    },
  }
  const tracker = opener(failing)
  assert.equal(new Set(await tracker.openSome(2 * MANY)).size, 2 * MANY)
  assert.ok(tracker.events.logged.some(({ event }) => event === 'fids.not_taken'))
})

test('a database that crashed forgets opens, but gives none of their fids again', async () => {
  await using dir = await tempDir()
  const settings = { wal_writer_delay: '10s', fsync: 'off' } // a killed process is all that crashes
  const where = { dataDir: join(dir.path, 'postgres'), settings }
  let postgres = await startPostgres(where)
  await using parts = new AsyncDisposableStack()
  parts.defer(() => postgres.stop())
  await migrate(postgres.url)
  await seed(postgres.url)
  const db = parts.use(pgDb(postgres.url))
  const tracker = opener(db)
  const before = await tracker.openSome(MANY)
  await untilTaken(tracker)
  do before.push(...(await tracker.openSome(1)))
  while (!(await isBehind(db)))
  await postgres.kill()

  postgres = await startPostgres({ ...where, port: postgres.port })
  await using after = pgDb(postgres.url)
  const kept = await after.all(statement(z.object({ fid: Fid }))`select fid from upload`)
  assert.ok(kept.length < before.length, 'nothing was forgotten: this test shows nothing')
  const fids = await opener(after).openSome(before.length + MANY)
  assert.deepEqual(
    fids.filter((fid) => before.includes(fid)),
    [],
  )
})

/** Something was committed that does not lie on the disk. */
async function isBehind(db: Db): Promise<boolean> {
  const [lsn] = await db.all(statement(z.object({ behind: z.boolean() }))`
    select pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn() as behind`)
  return lsn?.behind === true
}

async function untilTaken({ takes }: { takes: () => number }): Promise<void> {
  await untilTrue(() => takes() > 0, 'fids are taken ahead')
  await new Promise(setImmediate)
}
