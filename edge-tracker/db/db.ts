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

/** What both drivers report of a failed statement: SQLSTATE, and the constraint that said no. */
export interface DatabaseError extends Error {
  code: string
  constraint?: string
}

export const isDatabaseError = (error: unknown): error is DatabaseError =>
  error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code))

export const violates = (error: unknown, constraint: string): boolean =>
  isDatabaseError(error) && error.constraint === constraint
