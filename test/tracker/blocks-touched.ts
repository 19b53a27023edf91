// What a statement costs, however fast the machine is: the blocks of 8 kB that it looks at.
import assert from 'node:assert/strict'
import pg from 'pg'
import type { Statement } from '#tracker/db/statement.ts'

/** Planned for its values, or once for all: PostgreSQL keeps either for a prepared statement. */
export const planModes = ['force_custom_plan', 'force_generic_plan'] as const

interface Plan {
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Plan[]
}

interface Explained {
  Plan: Plan
}

export interface Cost {
  blocks: number
  /** Of the table `file`, those that a filter threw away included. */
  rows: number
}

/** Runs the statement. `meanwhile` happens between the making of a plan for good and its use. */
export async function blocksTouched(
  client: pg.Client,
  mode: (typeof planModes)[number],
  statement: Statement<unknown>,
  meanwhile?: () => Promise<unknown>,
): Promise<number> {
  return (await costOf(client, mode, statement, meanwhile)).blocks
}

/** The same, with the rows that it looked at. */
export async function costOf(
  client: pg.Client,
  mode: (typeof planModes)[number],
  { text, values }: Statement<unknown>,
  meanwhile?: () => Promise<unknown>,
): Promise<Cost> {
  const literals = values.map((value) =>
    pg.escapeLiteral(Array.isArray(value) ? `{${value.join()}}` : String(value)),
  )
  const given = literals.length > 0 ? `(${literals.join()})` : ''
  await client.query(`set plan_cache_mode = ${mode}`)
  await client.query(`prepare asked as ${text}`)
  if (meanwhile !== undefined) {
    await client.query(`explain execute asked${given}`)
    await meanwhile()
  }
  const { rows } = await client.query<{ 'QUERY PLAN': [Explained] }>(
    `explain (analyze, buffers, format json) execute asked${given}`,
  )
  await client.query('deallocate asked')
  const [{ Plan: plan }] = rows[0]?.['QUERY PLAN'] ?? assert.fail('no plan')
  const blocks = plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
  return { blocks, rows: rowsOf(plan) }
}

const rowsOf = (plan: Plan): number => {
  const each = plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)
  const own = plan['Relation Name'] === 'file' ? each * plan['Actual Loops'] : 0
  return (plan.Plans ?? []).reduce((sum, part) => sum + rowsOf(part), own)
}
