// A MogileFS database in a file of SQLite.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { AdoptionRefusal } from '../refusal.ts'
import { listOf, type Source } from '../source.ts'

export function openSqlite(path: string): Source {
  if (!existsSync(path))
    throw new AdoptionRefusal(`There is no file ${path}`, 'sqlite:/PATH/TO/FILE')
  const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 })
  return {
    words: {
      keyHex: 'hex(dkey)',
      checksumHex: 'hex(checksum.checksum)',
      deviceList: listOf('group_concat(devid)'),
    },
    query: (sql, values = []) => Promise.resolve(database.prepare(sql).all(...values)),
    [Symbol.asyncDispose]: () => Promise.resolve(database.close()),
  }
}
