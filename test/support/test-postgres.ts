// The PostgreSQL servers of the tests: the newest, which comes with `npm ci`, and the oldest that
// we support, where Debian has installed it. What they forget is no loss: they sync nothing.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '#infra/dev/postgres.ts'
import { migrate } from '#infra/migrate.ts'
import { memoryDir } from './temp-dir.ts'

export type PostgresAge = 'newest' | 'oldest'

/** Where each is found: the variable that carries its URL to the tests, and its programs. */
export const servers = {
  newest: { variable: 'MOGILE_TEST_POSTGRES_URL', binDir: undefined },
  oldest: { variable: 'MOGILE_TEST_POSTGRES_15_URL', binDir: '/usr/lib/postgresql/15/bin' },
} as const satisfies Record<PostgresAge, { variable: string; binDir: string | undefined }>

/** Why tests on the oldest are skipped here, for `test(name, { skip: skipOldest }, ...)`. */
export const skipOldest: string | false =
  !existsSync(servers.oldest.binDir) && `PostgreSQL 15 not found in ${servers.oldest.binDir}`

/** Has the current schema; test databases are copies of it. */
export const TEMPLATE = 'mogile_template'

const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_wal_size: '256MB', // it may be in memory
}

export interface TestPostgres extends AsyncDisposable {
  /** Of its maintenance database. */
  url: string
}

export async function startTestPostgres(age: PostgresAge): Promise<TestPostgres> {
  await using starting = new AsyncDisposableStack()
  const dir = starting.use(await memoryDir())
  const { binDir } = servers[age]
  const postgres = starting.use(
    await startPostgres({
      dataDir: join(dir.path, 'data'),
      settings,
      ...(binDir !== undefined && { binDir }),
    }),
  )

  const url = withDatabase(postgres.url, 'postgres')
  await runSql(url, `create database ${TEMPLATE}`)
  await migrate(withDatabase(url, TEMPLATE))

  const started = starting.move()
  return { url, [Symbol.asyncDispose]: () => started.disposeAsync() }
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/** One statement on a connection of its own, as `create database` needs it. */
export async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
