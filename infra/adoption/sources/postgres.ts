// A MogileFS database in Postgres.
import pg from 'pg'
import { listOf, type Source } from '../source.ts'

export async function openPostgres(url: string): Promise<Source> {
  const client = new pg.Client({ connectionString: url, application_name: 'mog import' })
  client.on('error', () => undefined) // the next statement tells it
  await client.connect()
  return {
    words: {
      keyHex: "encode(convert_to(dkey, getdatabaseencoding()), 'hex')",
      checksumHex: "encode(checksum.checksum, 'hex')",
      deviceList: listOf("string_agg(devid::text, ',')"),
    },
    async query(sql, values = []) {
      let place = 0
      const text = sql.replaceAll('?', () => `$${++place}`)
      const { rows } = await client.query<Record<string, unknown>>(text, [...values])
      return rows
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}
