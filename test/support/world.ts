// Makes the world of a tracker's test: a database, trackers over HTTP, hosts that say what agents
// say. Time stands still: nothing sweeps, falls silent or grows old but by the test's word.
import pg from 'pg'
import { ensureApiKey } from '#infra/serve/ensure-api-key.ts'
import { type ServedTracker, serveTracker } from '#infra/serve/serve-tracker.ts'
import { newSecret } from '#shared/mac.ts'
import { Class, NewDomain } from '#shared/wire/admin.ts'
import type { TrackerSecrets } from '#tracker/auth/host-keys.ts'
import { testDatabase } from './database.ts'
import { eventLog } from './event-log.ts'
import { testClock } from './test-clock.ts'
import type { PostgresAge } from './test-postgres.ts'
import { World } from './tracker-world.ts'

export interface WorldOptions {
  hosts?: number
  devicesPerHost?: number
  trackers?: number
  postgres?: PostgresAge
  /** Instead of a test database; and a replica of it. */
  databaseUrl?: string
  readDatabaseUrl?: string
  /** Of each tracker, while they change. */
  secrets?: readonly TrackerSecrets[]
  /** Whose pages may ask from their browsers. */
  origins?: readonly string[]
  /** Where the hosts' nodes answer, in their order; nobody answers for the others. */
  urls?: readonly string[]
}

const FOR_EVER_MS = 3_600_000

/** Has the domain `demo` with the classes `default`, of 2 copies, and `thumb`, of 1. */
export async function trackerWorld(options: WorldOptions = {}): Promise<World> {
  const { hosts = 3, devicesPerHost = 1, trackers = 1, urls = [], secrets = [] } = options
  await using making = new AsyncDisposableStack()
  const databaseUrl = options.databaseUrl ?? making.use(await testDatabase(options.postgres)).url
  const { readDatabaseUrl, origins } = options
  const pool = making.adopt(new pg.Pool({ connectionString: databaseUrl }), (made) => made.end())

  const adminKey = newSecret('mog')
  await ensureApiKey(databaseUrl, { label: 'test', key: adminKey, scopes: ['admin'] })
  await stopTime(pool)

  const clock = testClock()
  const events = eventLog()
  const trackerSecret = 'at least 32 characters, as ever in tests'
  const told = { databaseUrl, readDatabaseUrl, origins }
  const serve = { ...told, trackerSecret, host: '127.0.0.1', port: 0, clock, events }
  const served: ServedTracker[] = []
  for (let n = 0; n < trackers; n++)
    served.push(making.use(await serveTracker({ ...serve, ...secrets[n] })))
  await clock.sleepers(trackers) // the sweeps that a tracker starts with are over

  const parts = { databaseUrl, adminKey, clock, events, trackers: served, pool }
  const world = new World(parts, making.move())
  await world.ask(NewDomain, 'POST', '/v1/admin/domains', { json: { name: 'demo' } })
  const thumb = { name: 'thumb', copies: 1 }
  await world.ask(Class, 'POST', '/v1/admin/domains/demo/classes', { json: thumb })
  for (let n = 0; n < hosts; n++) await world.addHost(devicesPerHost, urls[n])
  return world
}

/** Settings whose time does not come while a test runs. */
async function stopTime(pool: pg.Pool): Promise<void> {
  for (const name of ['sweepMs', 'downAfterMs', 'rehomeAfterMs'])
    await pool.query('insert into setting (name, value) values ($1, $2)', [name, FOR_EVER_MS])
}
