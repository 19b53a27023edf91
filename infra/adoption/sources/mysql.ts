// A MogileFS database in MySQL or MariaDB.
import mysql from 'mysql2/promise'
import { listOf, type Row, type Source } from '../source.ts'

export async function openMysql(url: string): Promise<Source> {
  const connection = await mysql.createConnection({ uri: url, supportBigNumbers: true })
  connection.on('error', () => undefined) // the next statement tells it
  await connection.query('set session group_concat_max_len = 65536')
  return {
    words: {
      keyHex: 'hex(dkey)',
      checksumHex: 'hex(checksum.checksum)',
      deviceList: listOf('group_concat(devid)'),
    },
    async query(sql, values = []) {
      const [rows] = await connection.query<(Row & mysql.RowDataPacket)[]>(sql, [...values])
      return rows
    },
    [Symbol.asyncDispose]: () => connection.end(),
  }
}
