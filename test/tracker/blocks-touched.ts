// What a statement costs, however fast the machine is: the blocks of 8 kB that it looks at.
import assert from 'node:assert/strict'
import pg from 'pg'
import type { Statement } from '#tracker/db/statement.ts'

/** Planned for its values, or once for all: PostgreSQL keeps either for a prepared statement. */
export const planModes = ['force_custom_plan', 'force_generic_plan'] as const

interface Explained {
  Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number }
}

/** Runs the statement. */
export async function blocksTouched(
  client: pg.Client,
  mode: (typeof planModes)[number],
  { text, values }: Statement<unknown>,
): Promise<number> {
  const literals = values.map((value) =>
    pg.escapeLiteral(Array.isArray(value) ? `{${value.join()}}` : String(value)),
  )
  const given = literals.length > 0 ? `(${literals.join()})` : ''
  await client.query(`set plan_cache_mode = ${mode}`)
  await client.query(`prepare asked as ${text}`)
  const { rows } = await client.query<{ 'QUERY PLAN': [Explained] }>(
    `explain (analyze, buffers, format json) execute asked${given}`,
  )
  await client.query('deallocate asked')
  const [{ Plan: plan }] = rows[0]?.['QUERY PLAN'] ?? assert.fail('no plan')
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
}
