// A tracker and its database, with files that are rows alone: no node is asked for anything.
import { randomBytes } from 'node:crypto'
import { startTracker, type TrackerProcess } from '#infra/dev/tracker-process.ts'
import { ensureApiKey } from '#infra/serve/ensure-api-key.ts'
import type { AdminClient } from '#shared/client/admin.ts'
import { connect } from '#shared/client/connect.ts'
import { newSecret } from '#shared/mac.ts'
import { type BenchDatabase, runSql, startBenchDatabase } from './bench-database.ts'

export interface TrackerAlone extends AsyncDisposable {
  tracker: TrackerProcess
  database: BenchDatabase
  adminKey: string
  admin: AdminClient
}

/** Nobody is given up for silent; a sweep comes every second, as it does. */
const FOR_EVER_MS = 3_600_000
const patience = `insert into setting (name, value)
  select name, '${FOR_EVER_MS}' from unnest(array['downAfterMs', 'rehomeAfterMs']) as name`

export async function startTrackerAlone(dir: string): Promise<TrackerAlone> {
  await using parts = new AsyncDisposableStack()
  const database = parts.use(await startBenchDatabase(dir))
  await runSql(database.url, patience)
  const adminKey = newSecret('mog')
  await ensureApiKey(database.url, { label: 'bench', key: adminKey, scopes: ['admin'] })
  const trackerSecret = randomBytes(32).toString('base64url')
  const ask = { kind: 'node', databaseUrl: database.url, trackerSecret, port: 0, dir } as const
  const tracker = parts.use(await startTracker(ask))
  const running = parts.move()
  const admin = createAdmin(tracker.url, adminKey)
  return {
    tracker,
    database,
    adminKey,
    admin,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

export const createAdmin = (url: string, key: string): AdminClient => connect({ url, key }).admin
