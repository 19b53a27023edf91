// Opens the MogileFS database that a DSN names. A driver is loaded when it is the one that is asked
// for. Nothing here ever writes there.
import { AdoptionRefusal } from './refusal.ts'
import type { Source } from './source.ts'

export const DSN_FORMS =
  'mysql://USER:PASSWORD@HOST/DATABASE, postgres://USER:PASSWORD@HOST/DATABASE or sqlite:/PATH'

export async function openSource(dsn: string): Promise<Source> {
  const { kind, place } = kindOfDsn(dsn)
  if (kind === 'mysql') {
    const { openMysql } = await import('./sources/mysql.ts')
    return openMysql(place)
  }
  if (kind === 'postgres') {
    const { openPostgres } = await import('./sources/postgres.ts')
    return openPostgres(place)
  }
  const { openSqlite } = await import('./sources/sqlite.ts')
  return openSqlite(place)
}

/** Whose database it is, and where. */
export function kindOfDsn(dsn: string): { kind: 'mysql' | 'postgres' | 'sqlite'; place: string } {
  if (/^(mysql|mariadb):\/\//.test(dsn))
    return { kind: 'mysql', place: dsn.replace(/^mariadb:/, 'mysql:') }
  if (/^postgres(ql)?:\/\//.test(dsn)) return { kind: 'postgres', place: dsn }
  const path = /^sqlite:(?:\/\/)?(?<path>.+)$/.exec(dsn)?.groups?.['path']
  if (path === undefined) throw new AdoptionRefusal('The DSN is of no kind that we know', DSN_FORMS)
  return { kind: 'sqlite', place: path }
}
