// A PostgreSQL and its streaming replica, of the version that Debian has installed: what the
// replica knows lags behind by a test's word.
import { execFile } from 'node:child_process'
import { copyFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { type Postgres, startPostgres } from '#infra/dev/postgres.ts'
import { migrate } from '#infra/migrate.ts'
import { memoryDir } from './temp-dir.ts'
import { runSql, servers } from './test-postgres.ts'
import { untilTrue } from './until-true.ts'

const run = promisify(execFile)
const { binDir } = servers.oldest

const OTHERS = `
  select count(*) from pg_stat_activity
  where backend_type = 'client backend' and pid <> pg_backend_pid()`

export interface Pair extends AsyncDisposable {
  primaryUrl: string
  standbyUrl: string
  /** The replica stays as it is, whatever becomes of the primary. */
  freeze(): Promise<void>
  /** The replica knows all that the primary knows now. */
  catchUp(): Promise<void>
  killStandby(): Promise<void>
}

export async function primaryWithStandby(): Promise<Pair> {
  await using made = new AsyncDisposableStack()
  const dir = made.use(await memoryDir())
  const settings = { fsync: 'off', max_wal_size: '256MB' }
  const dataDir = join(dir.path, 'primary')
  const primary = made.use(await startPostgres({ dataDir, binDir, settings }))
  await migrate(primary.url)
  const standby = made.use(await startStandby(dataDir, primary.url, join(dir.path, 'standby')))

  const owned = made.move()
  return {
    primaryUrl: primary.url,
    standbyUrl: standby.url,
    freeze: () => runSql(standby.url, 'select pg_wal_replay_pause()'),
    async catchUp() {
      await runSql(standby.url, 'select pg_wal_replay_resume()')
      const now = await textOf(primary.url, 'select pg_current_wal_lsn()')
      const reached = `select pg_last_wal_replay_lsn() >= '${now}'`
      const isThere = async () => (await textOf(standby.url, reached)) === 'true'
      await untilTrue(isThere, 'the replica has caught up')
    },
    killStandby: () => standby.kill(),
    async [Symbol.asyncDispose]() {
      // a pool ends before its connections do, and a server that stops under them is an error
      await untilTrue(async () => (await textOf(primary.url, OTHERS)) === '0', 'all have left')
      await owned.disposeAsync()
    },
  }
}

async function startStandby(primaryDir: string, url: string, dataDir: string): Promise<Postgres> {
  const copying = ['-D', dataDir, '-d', url, '-R', '-X', 'stream', '-c', 'fast', '--no-sync']
  await run(join(binDir, 'pg_basebackup'), copying)
  const { uid, gid } = await stat(primaryDir)
  await run('chown', ['-R', `${uid}:${gid}`, dataDir])
  await copyFile(`${primaryDir}.password`, `${dataDir}.password`)
  return startPostgres({ dataDir, binDir, settings: { fsync: 'off' } })
}

/** The only value of the only row. */
async function textOf(url: string, sql: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
    return String(rows[0]?.[0])
  } finally {
    await client.end()
  }
}
