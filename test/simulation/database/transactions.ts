// Statements of a real Postgres under virtual time. Each is a transaction that may stay open for a
// while after its statement: what others do meanwhile is what concurrent callers meet.
import pg from 'pg'
import { assert } from '#shared/assert.ts'
import type { Random } from '../random.ts'
import type { Timeline } from '../timeline.ts'

export interface Query {
  name: string
  text: string
  values: unknown[]
}

type Row = Record<string, unknown>
type Rows = Row[]
type Outcome = { rows: Rows } | { error: unknown }

interface Open {
  client: pg.Client
  pid: number
  /** It ends so long after its statement; undefined: with it. */
  heldMs: number | undefined
  /** Undefined while it runs, or waits for another's lock. */
  outcome: Outcome | undefined
  answered: Promise<unknown>
  isEnding: boolean
  settled: PromiseWithResolvers<Outcome>
}

const INT8 = 20
type Parser = (text: string) => unknown
const own: { getTypeParser: (oid: number) => Parser } = pg.types
const parserOf = (oid: number): Parser => (oid === INT8 ? Number : own.getTypeParser(oid))

/** As the tracker's own connections are (infra/serve/pg-db.ts). */
const PLANNING = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off'
const LOOK_EVERY_MS = 1

export class Transactions implements AsyncDisposable {
  /** Share of the writes that stay open for some time after their statement. */
  overlap = 0.3
  overlapMs = 60
  statements = 0
  readonly #url: string
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #monitor: pg.Client
  readonly #idle: { client: pg.Client; pid: number }[] = []
  readonly #clients: pg.Client[] = []
  readonly #open = new Set<Open>()

  private constructor(url: string, timeline: Timeline, random: Random, monitor: pg.Client) {
    this.#url = url
    this.#timeline = timeline
    this.#random = random.fork('database')
    this.#monitor = monitor
  }

  static async connect(url: string, timeline: Timeline, random: Random): Promise<Transactions> {
    const monitor = new pg.Client({ connectionString: url, types: { getTypeParser: parserOf } })
    await monitor.connect()
    return new Transactions(url, timeline, random, monitor)
  }

  /** Nothing is under way: what is committed is all there is. */
  get areAllClosed(): boolean {
    return this.#open.size === 0
  }

  /** The simulation's own look at what is committed. */
  async look<Found extends object>(text: string, ...values: unknown[]): Promise<Found[]> {
    const { rows } = await this.#monitor.query<Found>({ text, values })
    return rows
  }

  /**
   * To be called as something that happens (Timeline): resolves when the statement has its rows, or
   * waits for somebody's lock. `settled` has them when they are committed.
   */
  async begin(query: Query): Promise<{ settled: Promise<Rows> }> {
    const open = await this.#begin(query)
    return { settled: rowsOf(open.settled.promise) }
  }

  async #begin({ name, text, values }: Query): Promise<Open> {
    this.statements++
    const { client, pid } = this.#idle.pop() ?? (await this.#connect())
    const moment = new Date(this.#timeline.nowMs).toISOString()
    const seed = this.#random.next()
    const isHeld = this.#random.chance(this.overlap) && !/^\s*select\b/.test(text)
    const heldMs = isHeld ? this.#random.between(0, this.overlapMs) : undefined
    const open: Open = {
      client,
      pid,
      heldMs,
      outcome: undefined,
      answered: Promise.resolve(),
      isEnding: false,
      settled: Promise.withResolvers(),
    }
    // in one flight: most of what a small statement takes is the way there and back
    const { stream } = client.connection
    stream.cork()
    const begun = client.query(`begin; set local mog.now = '${moment}'; select setseed(${seed})`)
    const asked = client.query<Row>({ name, text, values })
    const ended = isHeld ? undefined : client.query('commit')
    stream.uncork()
    open.answered = outcomeOf([begun, asked, ended], open)
    this.#open.add(open)
    await this.#settle()
    return open
  }

  /** Until each that is open has its rows, or waits for the end of another one. */
  async #settle(): Promise<void> {
    let isMoving = true
    while (isMoving) {
      isMoving = false
      for (const open of this.#open) {
        if (open.isEnding) continue
        await this.#answerOrWait(open)
        if (open.outcome === undefined) continue
        if (open.heldMs === undefined) this.#finish(open, open.outcome)
        else this.#end(open, open.heldMs, open.outcome)
        isMoving = true // who waited for it may go on
      }
    }
  }

  async #answerOrWait(open: Open): Promise<void> {
    const isAlone = this.#open.size === 1
    while (open.outcome === undefined) {
      const moment = new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      await (isAlone ? open.answered : Promise.race([open.answered, moment]))
      if (!this.#isAnswered(open) && (await this.#waitsForAnEnd(open, new Set()))) return
    }
  }

  /** Its answer may have come while we waited. */
  #isAnswered({ outcome }: Open): boolean {
    return outcome !== undefined
  }

  /**
   * For one that will end, or has its rows: its turn comes. Those who wait for each other are told
   * apart by Postgres, and one of them gets an answer.
   */
  async #waitsForAnEnd(open: Open, seen: Set<Open>): Promise<boolean> {
    seen.add(open)
    const [row] = await this.look<{ pids: number[] }>(
      'select pg_blocking_pids($1) as pids',
      open.pid,
    )
    for (const other of this.#open) {
      if (row?.pids.includes(other.pid) !== true || seen.has(other)) continue
      const hasRows = other.isEnding || this.#isAnswered(other)
      if (hasRows || (await this.#waitsForAnEnd(other, seen))) return true
    }
    return false
  }

  /** What others see of it they see then. */
  #end(open: Open, heldMs: number, outcome: Outcome): void {
    open.isEnding = true
    this.#timeline.after('error' in outcome ? 0 : heldMs, async () => {
      await open.client.query('error' in outcome ? 'rollback' : 'commit')
      this.#finish(open, outcome)
      await this.#settle()
    })
  }

  #finish(open: Open, outcome: Outcome): void {
    this.#open.delete(open)
    this.#idle.push(open)
    open.settled.resolve(outcome)
  }

  async #connect(): Promise<{ client: pg.Client; pid: number }> {
    const client = new pg.Client({
      connectionString: this.#url,
      pipeline: true,
      types: { getTypeParser: parserOf },
      application_name: 'mogile-edge simulation',
      options: PLANNING,
    })
    await client.connect()
    client.on('error', () => undefined)
    this.#clients.push(client)
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const pid = rows[0]?.pid
    assert(pid !== undefined, 'a backend has a number')
    return { client, pid }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#monitor.end()
    await Promise.all(this.#clients.map((client) => client.end()))
  }
}

/** Its rows once all of these have come; each is awaited, so that no failure goes unheard. */
async function outcomeOf(
  [begun, asked, ended]: [
    Promise<unknown>,
    Promise<pg.QueryResult<Row>>,
    Promise<unknown> | undefined,
  ],
  open: Open,
): Promise<void> {
  const [, answer] = await Promise.allSettled([begun, asked, ended])
  open.outcome =
    answer.status === 'fulfilled' ? { rows: answer.value.rows } : { error: answer.reason }
}

async function rowsOf(settled: Promise<Outcome>): Promise<Rows> {
  const outcome = await settled
  if ('error' in outcome) throw outcome.error
  return outcome.rows
}
