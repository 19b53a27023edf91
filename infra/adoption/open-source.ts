// Opens the MogileFS database that a DSN names. A driver is loaded when it is the one that is asked
// for. Nothing here ever writes there.
import { AdoptionRefusal } from './refusal.ts'
import type { Source } from './source.ts'

export const DSN_FORMS =
  'mysql://USER:PASSWORD@HOST/DATABASE, postgres://USER:PASSWORD@HOST/DATABASE or sqlite:/PATH'

export async function openSource(dsn: string): Promise<Source> {
  if (/^(mysql|mariadb):\/\//.test(dsn)) {
    const { openMysql } = await import('./sources/mysql.ts')
    return openMysql(dsn.replace(/^mariadb:/, 'mysql:'))
  }
  if (/^postgres(ql)?:\/\//.test(dsn)) {
    const { openPostgres } = await import('./sources/postgres.ts')
    return openPostgres(dsn)
  }
  const path = /^sqlite:(?:\/\/)?(?<path>.+)$/.exec(dsn)?.groups?.['path']
  if (path === undefined) throw new AdoptionRefusal('The DSN is of no kind that we know', DSN_FORMS)
  const { openSqlite } = await import('./sources/sqlite.ts')
  return openSqlite(path)
}
