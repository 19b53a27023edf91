// A MogileFS database as a test makes and changes it: files by number, so that any of them can be
// told anew. Every 10th is of a class with MD5, every 97th of a domain of its own.
import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { type Dialect, oldSchema } from './old-schema.ts'

export interface OldDatabase extends AsyncDisposable {
  dsn: string
  dialect: Dialect
  run(sql: string): Promise<void>
}

export function sqliteDatabase(path: string): OldDatabase {
  const database = new DatabaseSync(path)
  database.exec('pragma journal_mode = wal; pragma synchronous = off')
  return {
    dsn: `sqlite:${path}`,
    dialect: 'sqlite',
    run: (sql) => Promise.resolve(database.exec(sql)),
    [Symbol.asyncDispose]: () => Promise.resolve(database.close()),
  }
}

export async function postgresDatabase(url: string): Promise<OldDatabase> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    dsn: url,
    dialect: 'postgres',
    run: async (sql) => void (await client.query(sql)),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

export async function mysqlDatabase(url: string): Promise<OldDatabase> {
  const connection = await mysql.createConnection(url)
  return {
    dsn: url,
    dialect: 'mysql',
    run: async (sql) => void (await connection.query(sql)),
    [Symbol.asyncDispose]: () => connection.end(),
  }
}

export const DEVICES = 6

export interface OldFileFacts {
  fid: number
  key: string
  dmid: number
  classid: number
  bytes: number
  devids: number[]
  md5: string | undefined
}

export function oldFile(fid: number): OldFileFacts {
  const isHashed = fid % 10 === 0
  const dmid = fid % 97 === 0 ? 2 : 1
  const first = (fid % DEVICES) + 1
  return {
    fid,
    key: `photos/${fid % 100}/${fid} é_%\\'.jpg`,
    dmid,
    classid: dmid === 1 && isHashed ? 1 : 0,
    bytes: (fid * 7919) % 100_000,
    devids: fid % 1_000 === 7 ? [first] : [first, (first % DEVICES) + 1],
    md5: isHashed ? createHash('md5').update(String(fid)).digest('hex') : undefined,
  }
}

/** Three hosts with two devices each; two domains; a class with MD5. */
export async function fillCluster(old: OldDatabase): Promise<void> {
  for (const sql of oldSchema(old.dialect)) await old.run(sql)
  await old.run(`insert into domain values (1, 'pictures'), (2, 'texts')`)
  await old.run(`insert into class values
    (1, 1, 'hashed', 2, 'MultipleHosts()', 1), (2, 3, 'many things', 40, 'Nonsense', null)`)
  await old.run(`insert into host values
    (1, 'alive', 7500, null, 'alpha', '10.0.0.1', null, null),
    (2, 'alive', 7500, 7600, 'beta', '10.0.0.2', '192.168.0.2', '192.168.0.0/24'),
    (5, 'down', 7500, null, 'gamma', '10.0.0.5', null, null)`)
  await old.run(
    `insert into device values ${[1, 2, 3, 4, 5, 6]
      .map(
        (id) => `(${id}, ${[1, 2, 5][Math.floor((id - 1) / 2)]}, 'alive', 100, null, null, null)`,
      )
      .join(', ')}, (9, 1, 'dead', 100, null, null, null)`,
  )
  await old.run(`insert into server_settings values ('schema_version', '17'),
    ('network_zones', 'near,far'), ('zone_near', '10.0.0.0/16'), ('zone_far', '10.1.0.0/16'),
    ('memcache_servers', '10.0.0.9:11211')`)
}

/** Inserts the files of these numbers, in statements of many rows. */
export async function fillFiles(old: OldDatabase, from: number, to: number): Promise<void> {
  const ROWS = 2_000
  for (let first = from; first <= to; first += ROWS) {
    const last = Math.min(first + ROWS - 1, to)
    const files = Array.from({ length: last - first + 1 }, (_, n) => oldFile(first + n))
    await insertFiles(old, files)
  }
}

export async function insertFiles(old: OldDatabase, files: OldFileFacts[]): Promise<void> {
  const { dialect } = old
  const quoted = (key: string) =>
    `'${(dialect === 'mysql' ? key.replaceAll('\\', '\\\\') : key).replaceAll("'", "''")}'`
  const blob = (hex: string) => (dialect === 'postgres' ? `'\\x${hex}'` : `x'${hex}'`)
  await old.run(
    `insert into file values ${files
      .map(
        ({ fid, dmid, key, bytes, classid, devids }) =>
          `(${[fid, dmid, quoted(key), bytes, classid, devids.length].join(', ')})`,
      )
      .join(', ')}`,
  )
  const places = files.flatMap(({ fid, devids }) => devids.map((devid) => `(${fid}, ${devid})`))
  if (places.length > 0) await old.run(`insert into file_on values ${places.join(', ')}`)
  const sums = files.flatMap(({ fid, md5 }) =>
    md5 === undefined ? [] : `(${fid}, 1, ${blob(md5)})`,
  )
  if (sums.length > 0) await old.run(`insert into checksum values ${sums.join(', ')}`)
}
