// Db over HTTP: the Neon driver, as a Worker has no connection that outlives a request.
import { NeonDbError, neon, neonConfig, types } from '@neondatabase/serverless'
import { Problem } from '#shared/problems.ts'
import { type Db, isUnavailable, withoutDeadlock } from './db.ts'

const INT8 = 20

type Parser = (text: string) => unknown
const own: { getTypeParser: (oid: number) => Parser } = types

/** Counts and ids stay below 2^53; pg's own parser would hand them out as text. */
const numeric = {
  getTypeParser: (oid: number): Parser => (oid === INT8 ? Number : own.getTypeParser(oid)),
}

/** A code is Postgres speaking; without one the request itself failed. */
const isRefusal = (error: unknown) =>
  error instanceof NeonDbError && error.code !== undefined && !isUnavailable(error.code)

/** `endpoint` is where the driver's HTTP protocol is spoken, if not at Neon's own host. */
export function neonDb(databaseUrl: string, endpoint?: string): Db {
  if (endpoint !== undefined) neonConfig.fetchEndpoint = endpoint
  const sql = neon(databaseUrl)
  const ask = async (text: string, values: readonly unknown[]) => {
    try {
      return await sql.query(text, [...values], { types: numeric })
    } catch (error) {
      if (isRefusal(error)) throw error
      throw new Problem('database_unavailable', {}, { cause: error })
    }
  }
  return {
    async all({ text, values, row }) {
      const rows = await withoutDeadlock(() => ask(text, values))
      return rows.map((each) => row.parse(each))
    },
  }
}
