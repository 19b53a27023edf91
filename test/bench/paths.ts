// `paths` without verification against a bare Hono route that does one indexed select: what our
// authentication, placement, tickets and answers cost beside the least that a server can do.
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from '#infra/dev/child.ts'
import { startTracker, urlOfEvent } from '#infra/dev/tracker-process.ts'
import { ensureApiKey } from '#infra/serve/ensure-api-key.ts'
import { newSecret } from '#shared/mac.ts'
import type { Bench, Row } from './bench.ts'
import { portOf } from './bench-cluster.ts'
import { runSql, startBenchDatabase } from './bench-database.ts'
import { startGenerator } from './generator.ts'
import { headOf } from './load/http-connection.ts'
import { describe, measureByTurns } from './rounds.ts'

const CONNECTIONS = 16
const FILES = 20_000
const READY_TIMEOUT_MS = 20_000

/** Two hosts with two disks, and files with two copies each: rows alone, no node is asked. */
const rows = `
  insert into domain (name) values ('demo');
  insert into class (domain_id, name) values (1, 'default');
  insert into host (name, url, seen_at)
    select 'host-' || n, 'http://127.0.1.' || n || ':7500', now() from generate_series(1, 2) n;
  insert into device (host_id, condition, bytes_total, bytes_free, utilization)
    select 1 + n % 2, 'ok', 1e12, 5e11, 0.1 from generate_series(0, 3) n;
  insert into file (domain_id, key, fid, class_id, bytes, checksum, content_type)
    select 1, 'photos/2025/' || n || '.jpg', nextval('fid_sequence'), 1, 4096,
      'SHA-256:' || repeat('0', 64), 'image/jpeg'
    from generate_series(0, ${FILES - 1}) n;
  insert into replica (fid, device_id)
    select fid, 1 + (fid + copy) % 4 from file, generate_series(0, 1) copy;
  analyze`

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const database = parts.use(await startBenchDatabase(dir))
  await runSql(database.url, rows)
  const key = newSecret('mog')
  await ensureApiKey(database.url, { label: 'bench', key, domain: 'demo', scopes: ['read'] })
  const trackerSecret = randomBytes(32).toString('base64url')
  const ask = { kind: 'node', databaseUrl: database.url, trackerSecret, port: 0, dir } as const
  const tracker = parts.use(await startTracker(ask))
  const bare = parts.use(await startBareRoute(database.url))
  const generator = parts.use(startGenerator())

  const keys = Array.from({ length: FILES }, (_, n) => `photos/2025/${(n * 7_919) % FILES}.jpg`)
  const authorization = `Bearer ${key}`
  const get = (port: number, heads: string[]) => (ms: number) =>
    generator.run({
      kind: 'requests',
      port,
      connections: CONNECTIONS,
      heads,
      once: false,
      expected: 200,
      ms,
    })
  const processes = { database: database.pid, generator: generator.pid }
  const headsFor = (prefix: string, suffix: string) =>
    keys.map((each) => headOf('GET', `${prefix}${each}${suffix}`, { authorization }))
  const { ours, reference } = await measureByTurns(
    {
      round: get(portOf(tracker.url), headsFor('/v1/domains/demo/paths/', '?noverify')),
      processes: { tracker: tracker.pid, ...processes },
    },
    {
      round: get(portOf(bare.ready), headsFor('/', '')),
      processes: { route: bare.pid, ...processes },
    },
  )
  return [
    {
      what: `paths, noverify, ${CONNECTIONS} connections; bare Hono route with one select`,
      unit: 'requests/s',
      ours: ours.rate,
      reference: reference.rate,
      wanted: { ratioAtLeast: 0.6 },
      notes: [describe('ours', ours), describe('bare', reference)],
    },
  ]
}

const startBareRoute = (databaseUrl: string): Promise<Child<string>> =>
  startChild({
    name: 'the bare route',
    command: process.execPath,
    args: [fileURLToPath(import.meta.resolve('./bare-route.ts')), databaseUrl],
    ready: (line) => urlOfEvent(line, 'bare.listening'),
    readyTimeoutMs: READY_TIMEOUT_MS,
  })

export const paths: Bench = { name: 'paths', run }
