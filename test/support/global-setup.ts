// Runs once around all test files (run.ts): the servers are started together, and their URLs reach
// the tests through the environment that test processes inherit.
import { type PostgresAge, servers, skipOldest, startTestPostgres } from './test-postgres.ts'

const running = new AsyncDisposableStack()

export async function globalSetup(): Promise<void> {
  if (skipOldest !== false) console.log(`skipped: ${skipOldest}, tests run on the newest alone`)
  const ages: PostgresAge[] = skipOldest === false ? ['newest', 'oldest'] : ['newest']
  await Promise.all(
    ages.map(async (age) => {
      const server = running.use(await startTestPostgres(age))
      process.env[servers[age].variable] = server.url
    }),
  )
}

export async function globalTeardown(): Promise<void> {
  await running.disposeAsync()
}
