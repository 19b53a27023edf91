// Every statement that the tracker has is run by PostgreSQL, the newest and the oldest that we
// support, and what it says of its columns is held against the schema of the statement's rows.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import * as z from 'zod'
import type { Statement } from '#tracker/db/statement.ts'
import { skipOldest, type TestDatabase, testDatabase } from '../support/database.ts'
import type { PostgresAge } from '../support/test-postgres.ts'
import { samples } from './samples.ts'

const folder = new URL('../../edge-tracker/db/', import.meta.url)

/** Functions of edge-tracker/db that run statements, or judge an answer. */
const NOT_STATEMENTS = new Set([
  'audit.acting',
  'db.first',
  'db.isDatabaseError',
  'db.isForeignKeyViolation',
  'db.isUnavailable',
  'db.plannedAnew',
  'db.violates',
  'db.withoutDeadlock',
  'neon.neonDb',
  'statement.statement',
  'literals.idsLiteral',
  'literals.tagsLiteral',
])

const named = Object.entries(samples).flatMap(([module, its]) =>
  Object.entries(its).map(([name, statement]): [string, Statement<unknown>] => [
    `${module}.${name}`,
    statement,
  ]),
)

test('no statement of the tracker is left out here', async () => {
  const exported: string[] = []
  for (const file of await readdir(folder)) {
    const module: unknown = await import(new URL(file, folder).href)
    for (const [name, value] of Object.entries(module ?? {}))
      if (typeof value === 'function') exported.push(`${basename(file, '.ts')}.${name}`)
  }
  const statements = exported.filter((name) => !NOT_STATEMENTS.has(name))
  assert.deepEqual(named.map(([name]) => name).toSorted(), statements.toSorted())
  for (const name of NOT_STATEMENTS) assert.ok(exported.includes(name), `${name} is gone`)
})

test('every statement has a name of its own, for PostgreSQL keeps its plan by it', () => {
  const names = new Set(named.map(([, { name }]) => name))
  assert.equal(names.size, named.length)
})

/** The types of PostgreSQL in which a value of a schema may come. */
const OIDS: Record<string, readonly number[]> = {
  number: [20, 21, 23, 700, 701], // int8 int2 int4 float4 float8
  string: [25, 2950], // text uuid
  enum: [25],
  boolean: [16],
  array: [114, 3802, 1005, 1007, 1009, 1016], // json jsonb, arrays of int2 int4 text int8
  object: [114, 3802],
  record: [114, 3802],
  discriminated_union: [114, 3802],
}

function kindOf(schema: unknown): string {
  if (schema instanceof z.ZodNullable) return kindOf(schema.unwrap())
  return schema instanceof z.ZodType ? schema.type : typeof schema
}

/** Its columns by name, each with the type of PostgreSQL. The statement changes nothing. */
async function columnsOf(client: pg.Client, { text, values }: Statement<unknown>) {
  await client.query('begin')
  try {
    const { fields } = await client.query({ text, values: [...values] })
    return new Map(fields.map(({ name, dataTypeID }) => [name, dataTypeID]))
  } finally {
    await client.query('rollback')
  }
}

function describeOn(age: PostgresAge, skip: string | false): void {
  describe(`PostgreSQL, the ${age}`, { skip }, () => {
    let database: TestDatabase
    let client: pg.Client
    before(async () => {
      database = await testDatabase(age)
      client = new pg.Client({ connectionString: database.url })
      await client.connect()
    })
    after(async () => {
      await client.end()
      await database[Symbol.asyncDispose]()
    })

    const fitsItsSchema = async (statement: Statement<unknown>) => {
      const columns = await columnsOf(client, statement)
      assert.ok(statement.row instanceof z.ZodObject)
      const wanted = Object.entries(statement.row.shape)
      assert.deepEqual([...columns.keys()].toSorted(), wanted.map(([column]) => column).toSorted())
      for (const [column, schema] of wanted) {
        const [kind, oid] = [kindOf(schema), columns.get(column) ?? 0]
        assert.ok(OIDS[kind]?.includes(oid) === true, `${column}: ${kind} from type ${oid}`)
      }
    }
    for (const [name, statement] of named)
      test(`${name} answers with the columns of its schema`, () => fitsItsSchema(statement))
  })
}

describeOn('newest', false)
describeOn('oldest', skipOldest)
