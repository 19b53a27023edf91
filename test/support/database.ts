// A database of one test or file: a copy of the migrated template, on the run's server. In a test
// file that was started alone (`node --test FILE`) the server is this process's own.
import { randomBytes } from 'node:crypto'
import { fileParts } from './file-parts.ts'
import {
  type PostgresAge,
  runSql,
  servers,
  startTestPostgres,
  TEMPLATE,
  type TestPostgres,
  withDatabase,
} from './test-postgres.ts'

export { skipOldest } from './test-postgres.ts'

export interface TestDatabase extends AsyncDisposable {
  url: string
}

/** Has the current schema and no rows. Its disposal fails while a connection is open: a leak. */
export async function testDatabase(age: PostgresAge = 'newest'): Promise<TestDatabase> {
  const url = await serverUrl(age)
  const name = `test_${randomBytes(6).toString('hex')}`
  await runSql(url, `create database ${name} template ${TEMPLATE}`)
  return {
    url: withDatabase(url, name),
    [Symbol.asyncDispose]: () => runSql(url, `drop database ${name}`),
  }
}

/** For who makes databases of another kind. */
const serverUrl = async (age: PostgresAge): Promise<string> =>
  process.env[servers[age].variable] ?? (await ownServer(age)).url

const own = new Map<PostgresAge, Promise<TestPostgres>>()

function ownServer(age: PostgresAge): Promise<TestPostgres> {
  const server = own.get(age) ?? startTestPostgres(age).then((made) => fileParts.use(made))
  own.set(age, server)
  return server
}
