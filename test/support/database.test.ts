// Tests share one server and no row.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { migrate } from '#infra/migrate.ts'
import { skipOldest, testDatabase } from './database.ts'

const connect = async (url: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

test('a test database has every migration and is gone afterwards', async () => {
  let url: string
  {
    await using database = await testDatabase()
    url = database.url
    assert.deepEqual(await migrate(url), [], 'nothing is left to apply')
  }
  await assert.rejects(connect(url), { code: '3D000' }, 'no such database')
})

test('two test databases at once do not see each other', async () => {
  await using first = await testDatabase()
  await using second = await testDatabase()
  await using inFirst = await connect(first.url)
  await using inSecond = await connect(second.url)

  await inFirst.query('create table only_here ()')
  await assert.rejects(inSecond.query('select from only_here'), { code: '42P01' })
})

test('the oldest PostgreSQL that we support takes every migration', {
  skip: skipOldest,
}, async () => {
  await using database = await testDatabase('oldest')
  await using client = await connect(database.url)
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  assert.match(rows[0]?.server_version ?? '', /^15\./)
})
