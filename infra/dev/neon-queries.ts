/**
 * What one request of the Neon driver does in the database: one statement, or a list of them in
 * one transaction. Values go and come as PostgreSQL writes them. A connection that a request left
 * inside a transaction is thrown away.
 */
import { hash } from 'node:crypto'
import type pg from 'pg'

export interface Query {
  query: string
  params: unknown[]
}

/** How the rows of a request are to look; and for a batch, its transaction. */
export interface Mode {
  rowsAsArrays: boolean
  /** As `begin` takes it: 'isolation level serializable, read only'. */
  transaction: string
}

export interface Result {
  command: string
  rowCount: number | null
  fields: pg.FieldDef[]
  rows: unknown[]
}

/** One statement, prepared under a name made of its text. */
export async function runOne(pool: pg.Pool, query: Query, mode: Mode): Promise<Result> {
  const client = await pool.connect()
  try {
    return await runNamed(client, query, mode)
  } finally {
    client.release(client.getTransactionStatus() !== 'I')
  }
}

/** All of them in one transaction, or none. */
export async function runBatch(pool: pg.Pool, queries: Query[], mode: Mode): Promise<Result[]> {
  const client = await pool.connect()
  try {
    await client.query(`begin ${mode.transaction}`)
    const results: Result[] = []
    for (const query of queries) results.push(await run(client, query, mode))
    await client.query('commit')
    return results
  } catch (failure) {
    await client.query('rollback').catch(() => undefined) // a lost connection has rolled back
    throw failure
  } finally {
    client.release(client.getTransactionStatus() !== 'I')
  }
}

async function runNamed(client: pg.PoolClient, query: Query, mode: Mode): Promise<Result> {
  try {
    return await run(client, query, mode, hash('sha256', query.query).slice(0, 32))
  } catch (failure) {
    // The schema changed under the name. Nothing has run, and without a name there is no old plan.
    if (!String(failure).includes('cached plan must not change')) throw failure
    return run(client, query, mode)
  }
}

const rawText = { getTypeParser: () => (text: unknown) => text }

async function run(
  client: pg.PoolClient,
  { query, params }: Query,
  { rowsAsArrays }: Mode,
  name?: string,
): Promise<Result> {
  const config = {
    text: query,
    values: params,
    types: rawText,
    queryMode: 'extended', // as Neon: one statement, never a script
    ...(name !== undefined && { name }),
    ...(rowsAsArrays && { rowMode: 'array' as const }),
  }
  const { command, rowCount, fields, rows } = await client.query<Record<string, unknown>>(config)
  return { command, rowCount, fields, rows }
}
