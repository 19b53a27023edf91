// The database of a bench: PostgreSQL as it comes, which waits for the disk at every commit
// (fsync and synchronous_commit are on), with our schema.
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '#infra/dev/postgres.ts'
import { migrate } from '#infra/migrate.ts'

export interface BenchDatabase extends AsyncDisposable {
  url: string
  /** Of the postmaster: its tree is all of PostgreSQL. */
  pid: number
}

export async function startBenchDatabase(dir: string): Promise<BenchDatabase> {
  const postgres = await startPostgres({ dataDir: join(dir, 'postgres') })
  await migrate(postgres.url)
  return postgres
}

/** Clients of one connection each, all connected. */
export async function connectClients(
  url: string,
  count: number,
): Promise<AsyncDisposable & { clients: pg.Client[] }> {
  const clients = Array.from({ length: count }, () => new pg.Client({ connectionString: url }))
  await Promise.all(clients.map((client) => client.connect()))
  return {
    clients,
    [Symbol.asyncDispose]: async () => void (await Promise.all(clients.map((each) => each.end()))),
  }
}

/** Statements that take no values, one after the other. */
export async function runSql(url: string, sql: string): Promise<void> {
  await using connected = await connectClients(url, 1)
  for (const client of connected.clients) await client.query(sql)
}
