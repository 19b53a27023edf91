// The one interface to Postgres. Two ways in, one SQL text: neon.ts over HTTP on Workers,
// infra/serve/pg-db.ts over pipelined connections on Node. One call is one round trip.
import type { Statement } from './statement.ts'

export interface Db {
  /** All rows, each parsed by the statement's schema. */
  all<Row>(statement: Statement<Row>): Promise<Row[]>
}

/** The only row, or undefined when there is none. */
export async function first<Row>(db: Db, statement: Statement<Row>): Promise<Row | undefined> {
  const [row] = await db.all(statement)
  return row
}

/** For what runs now and then: planned each time, for what the tables hold at that time. */
export const plannedAnew = (db: Db): Db => ({
  all: (statement) => db.all({ ...statement, name: '' }),
})

/** What both drivers report of a failed statement: SQLSTATE, and the constraint that said no. */
export interface DatabaseError extends Error {
  code: string
  constraint?: string
}

export const isDatabaseError = (error: unknown): error is DatabaseError =>
  error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code))

/** Classes 08 and 57: no connection, a server that shuts down, a statement that took too long. */
export const isUnavailable = (code: string) => code.startsWith('08') || code.startsWith('57')

const DEADLOCK = '40P01'
const DEADLOCK_RETRIES = 3

/**
 * Repeats a statement that Postgres ended to break a deadlock: nothing of it happened. Statements
 * lock their rows in one order where they can; sub-statements of one statement cannot.
 */
export async function withoutDeadlock<Rows>(run: () => Promise<Rows>): Promise<Rows> {
  for (let retries = 0; ; retries++) {
    try {
      return await run()
    } catch (error) {
      const victim = isDatabaseError(error) && error.code === DEADLOCK
      if (!victim || retries === DEADLOCK_RETRIES) throw error
    }
  }
}

export const violates = (error: unknown, constraint: string): boolean =>
  isDatabaseError(error) && error.constraint === constraint

const FOREIGN_KEY_VIOLATION = '23503'

/** Something still names the row. */
export const isForeignKeyViolation = (error: unknown): boolean =>
  isDatabaseError(error) && error.code === FOREIGN_KEY_VIOLATION
