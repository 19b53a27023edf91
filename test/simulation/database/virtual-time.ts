// A database whose now() is ours: unqualified names are looked up in `public` before the system's
// own functions, so that migrations, statements and column defaults take virtual time unchanged.
import pg from 'pg'
import { migrate } from '#infra/migrate.ts'
import { runSql, withDatabase } from '#test/support/test-postgres.ts'

const TEMPLATE = 'mogile_simulated'

const OURS = `
  create function public.now() returns timestamptz language sql stable
    as $$ select pg_catalog.current_setting('mog.now')::timestamptz $$;
  create function public.clock_timestamp() returns timestamptz language sql stable
    as $$ select pg_catalog.current_setting('mog.now')::timestamptz $$;`

const LOCK = 7_002_2026

/** Has the current schema, under virtual time. Made once for each server. */
async function makeTemplate(serverUrl: string, beganAtMs: number): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]) // test files run side by side
    const known = await client.query('select from pg_database where datname = $1', [TEMPLATE])
    if (known.rowCount !== 0) return
    const making = `${TEMPLATE}_unfinished`
    await client.query(`drop database if exists ${making}`)
    await client.query(`create database ${making}`)
    await client.query(`alter database ${making} set search_path = public, pg_catalog`)
    await client.query(`alter database ${making} set deadlock_timeout = '20ms'`)
    const moment = new Date(beganAtMs).toISOString()
    await client.query(`alter database ${making} set mog.now = '${moment}'`)
    await runSql(withDatabase(serverUrl, making), OURS)
    await migrate(withDatabase(serverUrl, making))
    await client.query(`alter database ${making} rename to ${TEMPLATE}`)
  } finally {
    await client.end()
  }
}

export interface VirtualDatabase extends AsyncDisposable {
  url: string
}

let databases = 0

export async function virtualDatabase(
  serverUrl: string,
  beganAtMs: number,
): Promise<VirtualDatabase> {
  await makeTemplate(serverUrl, beganAtMs)
  const name = `simulated_${process.pid}_${++databases}`
  await runSql(serverUrl, `create database ${name} template ${TEMPLATE}`)
  // what is set for a template is not copied
  await runSql(serverUrl, `alter database ${name} set search_path = public, pg_catalog`)
  await runSql(serverUrl, `alter database ${name} set deadlock_timeout = '20ms'`)
  await runSql(
    serverUrl,
    `alter database ${name} set mog.now = '${new Date(beganAtMs).toISOString()}'`,
  )
  return {
    url: withDatabase(serverUrl, name),
    [Symbol.asyncDispose]: () => runSql(serverUrl, `drop database ${name} with (force)`),
  }
}
