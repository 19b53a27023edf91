// Db over plain Postgres: a few pipelined connections, so that concurrent requests share round
// trips instead of queueing for a connection, and named statements, planned once a connection.
// A connection that breaks fails what was on it and is opened anew by the next statement.
import pg from 'pg'
import { Problem } from '#shared/problems.ts'
import { type Db, isDatabaseError } from '#tracker/db/db.ts'

export interface PgDb extends Db, AsyncDisposable {
  /** Statements sent so far, each one round trip. */
  statements(): number
}

const INT8 = 20
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 15_000
/** One backend serves a pipeline in order: a few of them keep the cores of Postgres busy. */
const DEFAULT_CONNECTIONS = 8

const parseType = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')

export function pgDb(databaseUrl: string, connections = DEFAULT_CONNECTIONS): PgDb {
  const lanes = Array.from({ length: connections }, () => lane(databaseUrl))
  let sent = 0
  return {
    statements: () => sent,
    async all({ name, text, values, row }) {
      sent += 1
      const best = lanes.reduce((a, b) => (b.inFlight() < a.inFlight() ? b : a))
      const rows = await best.query({ name, text, values: [...values] })
      return rows.map((each) => row.parse(each))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(lanes.map((each) => each.end()))
    },
  }
}

/** One connection, opened when it is first needed. */
function lane(databaseUrl: string) {
  let client: Promise<pg.Client> | undefined
  let waiting = 0

  const open = async () => {
    const fresh = new pg.Client({
      connectionString: databaseUrl,
      pipeline: true,
      types: { getTypeParser: parseType as typeof pg.types.getTypeParser },
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      application_name: 'mogile-edge tracker',
    })
    const forget = () => {
      client = undefined
    }
    fresh.on('error', forget)
    fresh.on('end', forget)
    await fresh.connect()
    return fresh
  }

  return {
    inFlight: () => waiting,
    async query(config: pg.QueryConfig): Promise<unknown[]> {
      waiting += 1
      try {
        client ??= open()
        return (await (await client).query(config)).rows
      } catch (error) {
        if (isDatabaseError(error) && !isShutdown(error.code)) throw error
        client = undefined
        throw new Problem('database_unavailable', {}, { cause: error })
      } finally {
        waiting -= 1
      }
    },
    end: async () => {
      await (await client?.catch(() => undefined))?.end()
    },
  }
}

/** Classes 08 and 57P: the server closes the connection or cannot take it. */
const isShutdown = (code: string) => code.startsWith('08') || code.startsWith('57P')
