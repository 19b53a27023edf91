// Brings a database to the schema of this version: each file of migrations/ once, in order, in one
// transaction. Forward only; a file that was applied is never edited.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import { reasonOf } from './reason-of.ts'

const folder = new URL('./migrations/', import.meta.url)
/** Any number that no other program here locks by. */
const LOCK = 7_001_2026

/** Names of the migrations that this call applied; empty when the database was current. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    await client.query(`create table if not exists migration (
      name text primary key, sha256 text not null, applied_at timestamptz not null default now())`)
    const applied = await applyMissing(client)
    await client.query('commit')
    return applied
  } finally {
    await client.end()
  }
}

async function applyMissing(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from migration',
  )
  const known = new Map(rows.map(({ name, sha256 }) => [name, sha256]))
  const applied: string[] = []
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql')).toSorted()) {
    const sql = await readFile(new URL(name, folder), 'utf8')
    const sha256 = createHash('sha256').update(sql).digest('hex')
    const before = known.get(name)
    if (before !== undefined && before !== sha256)
      throw new Error(`migration ${name} was edited after it was applied: add a new one instead`)
    if (before !== undefined) continue
    await client.query(sql)
    await client.query('insert into migration (name, sha256) values ($1, $2)', [name, sha256])
    applied.push(name)
  }
  return applied
}

if (import.meta.main) {
  const url = process.env['DATABASE_URL']
  if (url === undefined) {
    console.error('DATABASE_URL is not set: postgres://user:password@host:5432/database')
    process.exit(2)
  }
  const applied = await migrate(url).catch((error: unknown) => {
    console.error(`the database of DATABASE_URL cannot be used: ${reasonOf(error)}`)
    process.exit(1)
  })
  for (const name of applied) console.log(`applied ${name}`)
  if (applied.length === 0) console.log('the schema is current')
}
