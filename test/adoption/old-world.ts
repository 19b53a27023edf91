// An old cluster and a new database, side by side, and what a test asks of both.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import {
  finishAdoption,
  type ImportOptions,
  type ImportReport,
  importMogilefs,
} from '#infra/adoption/import-mogilefs.ts'
import { openSource } from '#infra/adoption/open-source.ts'
import { Target } from '#infra/adoption/target.ts'
import { testDatabase } from '#test/support/database.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { runSql } from '#test/support/test-postgres.ts'
import { fillCluster, type OldDatabase, postgresDatabase, sqliteDatabase } from './old-cluster.ts'

export const asked = {
  defaultCopies: 2,
  checksumKind: 'SHA-256',
  keyEncoding: 'utf-8',
} as const satisfies ImportOptions

export interface OldWorld extends AsyncDisposable {
  old: OldDatabase
  databaseUrl: string
  /** Of our database. */
  rows: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>
  import(more?: Partial<ImportOptions>): Promise<ImportReport>
  finish(more?: Parameters<typeof finishAdoption>[2]): Promise<ImportReport>
}

/** Without files yet. */
export async function oldWorld(dialect: 'sqlite' | 'postgres' = 'sqlite'): Promise<OldWorld> {
  await using making = new AsyncDisposableStack()
  const old = making.use(await (dialect === 'sqlite' ? inSqlite(making) : inPostgres(making)))
  await fillCluster(old)
  return await worldOf(old, making)
}

export async function worldOf(old: OldDatabase, using_: AsyncDisposableStack): Promise<OldWorld> {
  const databaseUrl = using_.use(await testDatabase()).url
  const client = using_.adopt(new pg.Client({ connectionString: databaseUrl }), (it) => it.end())
  await client.connect()
  const both = async <Result>(
    work: (source: Awaited<ReturnType<typeof openSource>>, target: Target) => Promise<Result>,
  ) => {
    await using source = await openSource(old.dsn)
    await using target = await Target.open(databaseUrl)
    return await work(source, target)
  }
  const stack = using_.move()
  return {
    old,
    databaseUrl,
    rows: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) => {
      const { rows } = await client.query<Row>(sql, values)
      return rows
    },
    import: (more) =>
      both((source, target) => importMogilefs(source, target, { ...asked, ...more })),
    finish: (more) =>
      both((source, target) => finishAdoption(source, target, { ...asked, ...more })),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function inSqlite(making: AsyncDisposableStack): Promise<OldDatabase> {
  const dir = making.use(await tempDir())
  return sqliteDatabase(join(dir.path, 'mogilefs'))
}

async function inPostgres(making: AsyncDisposableStack): Promise<OldDatabase> {
  const { url } = making.use(await testDatabase())
  await runSql(url, 'drop schema public cascade; create schema public')
  return postgresDatabase(url)
}

const program = fileURLToPath(import.meta.resolve('./import-program.ts'))

/** Runs an import in a process, and kills it when so many pages were taken. */
export async function killedImport(
  { old, databaseUrl }: OldWorld,
  pageFiles: number,
  pages: number,
): Promise<void> {
  const args = [program, old.dsn, databaseUrl, String(pageFiles)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let taken = 0
  for await (const _ of createInterface({ input: child.stdout })) {
    taken++
    if (taken === pages) child.kill('SIGKILL')
  }
  await exited
  assert.equal(child.signalCode, 'SIGKILL', 'it was killed before its end')
}

/** What the ledger says, and what it should: the sums of files and bytes by class and devices. */
export async function ledgers({ rows }: OldWorld): Promise<[unknown, unknown]> {
  const counted = `select class_id, device_ids, sum(files)::bigint as files,
    sum(bytes)::bigint as bytes`
  const kept = await rows(`${counted} from placements() group by 1, 2 order by 1, 2`)
  const lying = await rows(`${counted} from (
    select class_id, 1 as files, bytes,
      array(select device_id from replica where replica.fid = file.fid order by 1) as device_ids
    from file) as each_file group by 1, 2 order by 1, 2`)
  return [kept, lying]
}
