// The schema: schema.sql tells the whole of it, and migrations bring a database there once and
// for all, whoever else is at it.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { migrate } from '#infra/migrate.ts'
import { dumpSchema, schemaFile } from '#infra/schema.ts'
import { skipOldest, type TestDatabase, testDatabase } from '../support/database.ts'
import { runSql } from '../support/test-postgres.ts'

const EMPTY = 'drop schema public cascade; create schema public'
const STALE = 'schema.sql is not what the migrations make: run `npm run schema`'

/** A database without any table. */
async function emptyDatabase(): Promise<TestDatabase> {
  const database = await testDatabase()
  await runSql(database.url, EMPTY)
  return database
}

test('schema.sql is the schema of a migrated database', async () => {
  await using database = await testDatabase()
  assert.equal(await dumpSchema(database.url), await readFile(schemaFile, 'utf8'), STALE)
})

test('the oldest PostgreSQL that we support has the same schema', {
  skip: skipOldest,
}, async () => {
  await using database = await testDatabase('oldest')
  assert.equal(await dumpSchema(database.url), await readFile(schemaFile, 'utf8'), STALE)
})

test('schema.sql, run on an empty database, makes that schema', async () => {
  await using database = await emptyDatabase()
  const sql = await readFile(schemaFile, 'utf8')
  await runSql(database.url, sql)
  assert.equal(await dumpSchema(database.url), sql)
})

test('the dump shows what a hand has changed', async () => {
  const changes = [
    'alter table job reset (autovacuum_vacuum_threshold)',
    'alter table file alter column bytes drop not null',
    'alter table file alter column key type text collate "default"',
    'alter table device alter column weight set default 50',
    'alter table host drop constraint "host names are unique"',
    'alter table device drop constraint device_host_id_fkey',
    'alter sequence fid_sequence increment 2',
    'drop index job_waiting',
    'create or replace view device_view as select 1 as device_id, 1 as host_id, null::json as doc',
    'drop trigger "a deleted fid is buried" on file',
    'create function f() returns int language sql as $$ select 1 $$',
  ]
  const schema = await readFile(schemaFile, 'utf8')
  for (const change of changes) {
    await using database = await testDatabase()
    await runSql(database.url, change)
    assert.notEqual(await dumpSchema(database.url), schema, change)
  }
})

test('what the dump cannot tell is refused, not left out', async () => {
  const additions = [
    ['create procedure p() language sql as $$ select 1 $$', /routine p /],
    ['create materialized view m as select 1 as one', /relation m /],
    ['create unlogged table u ()', /relation u /],
    ["create type mood as enum ('good')", /type mood/],
    ['create table g (a int, b int generated always as (a) stored)', /column g\.b/],
  ] as const
  for (const [sql, name] of additions) {
    await using database = await testDatabase()
    await runSql(database.url, sql)
    await assert.rejects(dumpSchema(database.url), name, sql)
  }
})

test('migrating a second time changes nothing', async () => {
  await using database = await emptyDatabase()
  const applied = await migrate(database.url)
  assert.ok(applied.includes('0001-main-job.sql'), applied.join())
  const schema = await dumpSchema(database.url)

  assert.deepEqual(await migrate(database.url), [])
  assert.equal(await dumpSchema(database.url), schema)
})

test('two trackers that migrate one empty database at once both succeed', async () => {
  await using database = await emptyDatabase()
  const both = await Promise.all([migrate(database.url), migrate(database.url)])
  const [none, all] = both.toSorted((a, b) => a.length - b.length)
  assert.deepEqual(none, [], 'one of them waited, and found nothing left to do')
  assert.ok(all?.includes('0001-main-job.sql') === true)
  assert.equal(await dumpSchema(database.url), await readFile(schemaFile, 'utf8'))
})

test('a migration that was edited after it was applied is refused', async () => {
  await using database = await testDatabase()
  await runSql(
    database.url,
    "update migration set sha256 = 'of what it was' where name like '0001-%'",
  )
  await assert.rejects(migrate(database.url), /0001-main-job\.sql was edited after it was applied/)
  assert.equal(await dumpSchema(database.url), await readFile(schemaFile, 'utf8'))
})
