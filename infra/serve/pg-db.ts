// Db over plain Postgres: a few pipelined connections, so that concurrent requests share round
// trips instead of queueing for a connection, and named statements, planned once a connection.
// A connection that breaks fails what was on it and is opened anew by the next statement.
import pg from 'pg'
import { Histogram } from '#shared/metrics/histogram.ts'
import { Problem } from '#shared/problems.ts'
import { type Db, isDatabaseError, isUnavailable, withoutDeadlock } from '#tracker/db/db.ts'
import { Silence } from './silence.ts'

export interface PgDb extends Db, AsyncDisposable {
  /** Statements sent so far, each one round trip. */
  statements(): number
  /** How long their answers took. */
  readonly times: Readonly<Record<'read' | 'write', Histogram>>
}

const INT8 = 20
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 15_000
/** The server ends a statement in its time. One that says nothing for longer is not there. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 1_000
/** SQLSTATE of a statement that ran into its timeout: the connection is as good as before. */
const STATEMENT_CANCELLED = '57014'
/**
 * A backend serves its pipeline in order. Reads take microseconds and gain by sharing one; a write
 * waits for its fsync, and so would all behind it: the more of them commit at once, the more share
 * one fsync. With 4 for both, 16 callers stored 700 files a second (2026-11-22).
 */
const READ_CONNECTIONS = 2
const WRITE_CONNECTIONS = 16

/** Counts and ids stay below 2^53; pg's own parser would hand them out as text. */
type Parser = (text: string) => unknown
const own: { getTypeParser: (oid: number) => Parser } = pg.types
const parserOf = (oid: number): Parser => (oid === INT8 ? Number : own.getTypeParser(oid))

export function pgDb(databaseUrl: string): PgDb {
  const plans: Plans = { suspectedAtMs: 0 }
  const open = (count: number) => Array.from({ length: count }, () => new Lane(databaseUrl, plans))
  const [readers, writers] = [open(READ_CONNECTIONS), open(WRITE_CONNECTIONS)]
  let sent = 0
  const times = { read: new Histogram(), write: new Histogram() }
  return {
    statements: () => sent,
    times,
    async all({ name, text, values, row }) {
      sent += 1
      const startedMs = performance.now()
      const way = isRead(text) ? 'read' : 'write'
      const lanes = way === 'read' ? readers : writers
      const best = lanes.reduce((a, b) => (b.inFlight < a.inFlight ? b : a))
      const rows = await withoutDeadlock(() => best.query({ name, text, values: [...values] }))
      times[way].observe(performance.now() - startedMs)
      return rows.map((each) => row.parse(each))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...readers, ...writers].map((each) => each.end()))
    },
  }
}

/**
 * A statement is planned once a connection. The queues are empty then as a rule, and a plan for
 * empty tables takes 15 s for a window of 1,000 rows when they are full (2026-11-22, npm run bench
 * -- healing): so plans are made anew now and then, and no plan walks a table for it seems small.
 * What walks one all the same has a cost for which PostgreSQL before 18 would compile it each time.
 */
const PLANNING = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off'
const PLAN_LIFE_MS = 20_000
/**
 * A queue can grow from nothing to thousands within a plan's life. A statement that took so long
 * brings all plans into question, those that are older than a second.
 */
const SLOW_MS = 100
const YOUNG_PLAN_MS = 1_000

/** What the connections know together. */
interface Plans {
  /** By performance.now(). */
  suspectedAtMs: number
}

/** Statements that write begin with their verb or with `with`. */
const isRead = (text: string) => /^\s*select\b/.test(text)

/** One connection, opened when it is first needed. */
class Lane {
  readonly #databaseUrl: string
  readonly #plans: Plans
  #client: Promise<pg.Client> | undefined
  #plannedAtMs = performance.now()
  readonly #silence: Silence
  inFlight = 0

  constructor(databaseUrl: string, plans: Plans) {
    this.#databaseUrl = databaseUrl
    this.#silence = new Silence(ANSWER_TIMEOUT_MS, () => this.#giveUp())
    this.#plans = plans
  }

  async query(config: pg.QueryConfig): Promise<unknown[]> {
    this.inFlight += 1
    const startedMs = performance.now()
    try {
      this.#client ??= this.#open().catch((error: unknown) => {
        this.#client = undefined // the next statement tries again
        throw error
      })
      const client = await this.#client
      this.#replan(client)
      this.#silence.begin()
      const { rows } = await client.query<Record<string, unknown>>(config)
      return rows
    } catch (error) {
      if (isDatabaseError(error) && !isUnavailable(error.code)) throw error
      if (!isDatabaseError(error) || error.code !== STATEMENT_CANCELLED) this.#client = undefined
      throw new Problem('database_unavailable', {}, { cause: error })
    } finally {
      this.inFlight -= 1
      this.#silence.hear(this.inFlight > 0)
      const endedMs = performance.now()
      if (endedMs - startedMs > SLOW_MS) this.#plans.suspectedAtMs = endedMs
    }
  }

  /** What is on the connection fails, and the next statement opens another. */
  #giveUp(): void {
    this.#client?.then(
      ({ connection }) => connection.stream.destroy(),
      () => undefined, // whoever opens it is told
    )
  }

  /** On the way with the next statement: nobody waits for its answer. */
  #replan(client: pg.Client): void {
    const now = performance.now()
    const isSuspect = this.#plans.suspectedAtMs - this.#plannedAtMs > YOUNG_PLAN_MS
    if (!isSuspect && now - this.#plannedAtMs < PLAN_LIFE_MS) return
    this.#plannedAtMs = now
    client.query('discard plans').catch(() => undefined) // what broke is told by what follows it
  }

  async end(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    await client?.end()
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#databaseUrl,
      pipeline: true,
      types: { getTypeParser: parserOf },
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      application_name: 'mogile-edge tracker',
      options: PLANNING,
    })
    const forget = () => {
      this.#client = undefined
    }
    client.on('error', forget)
    client.on('end', forget)
    await client.connect()
    return client
  }
}
