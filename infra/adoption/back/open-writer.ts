// Opens the MogileFS database that a DSN names, to fill it. It is made by MogileFS's own
// mogdbsetup: nothing here makes tables.
import { existsSync } from 'node:fs'
import type { RowDataPacket } from 'mysql2/promise'
import { DSN_FORMS, kindOfDsn } from '../open-source.ts'
import { AdoptionRefusal } from '../refusal.ts'
import type { Writer } from './writer.ts'

export async function openWriter(dsn: string): Promise<Writer> {
  const { kind, place } = kindOfDsn(dsn)
  return openers[kind](place)
}

type Row = Record<string, unknown> & RowDataPacket

const openers = {
  async mysql(url: string): Promise<Writer> {
    const { default: mysql } = await import('mysql2/promise')
    const connection = await mysql.createConnection({ uri: url, supportBigNumbers: true })
    connection.on('error', () => undefined) // the next statement tells it
    return {
      words: {
        key: 'unhex(?)',
        checksum: 'unhex(?)',
        empty: (table) => `truncate table ${table}`,
        raiseFids: (fid) => `alter table tempfile auto_increment = ${fid + 1}`,
      },
      async query(sql, values = []) {
        const [rows] = await connection.query<Row[]>(sql, [...values])
        return Array.isArray(rows) ? rows : [] // a change is told of by an object
      },
      [Symbol.asyncDispose]: () => connection.end(),
    }
  },
  async postgres(url: string): Promise<Writer> {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: url, application_name: 'mog export' })
    client.on('error', () => undefined) // the next statement tells it
    await client.connect()
    return {
      words: {
        key: "convert_from(decode(?, 'hex'), getdatabaseencoding())",
        checksum: "decode(?, 'hex')",
        empty: (table) => `truncate table ${table}`,
        raiseFids: (fid) =>
          `select setval(made.name, ${fid}) from (
            select pg_get_serial_sequence('tempfile', 'fid') as name) as made
          where made.name is not null`,
      },
      async query(sql, values = []) {
        let nr = 0
        const text = sql.replaceAll('?', () => `$${++nr}`)
        const { rows } = await client.query<Record<string, unknown>>(text, [...values])
        return rows
      },
      [Symbol.asyncDispose]: () => client.end(),
    }
  },
  async sqlite(path: string): Promise<Writer> {
    if (!existsSync(path)) throw new AdoptionRefusal(`There is no file ${path}`, DSN_FORMS)
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(path, { timeout: 10_000 })
    return {
      words: {
        key: 'cast(unhex(?) as text)',
        checksum: 'unhex(?)',
        empty: (table) => `delete from ${table}`,
        raiseFids: () => undefined,
      },
      query: (sql, values = []) => Promise.resolve(database.prepare(sql).all(...values)),
      [Symbol.asyncDispose]: () => Promise.resolve(database.close()),
    }
  },
}
