// Copies from agent to agent: the second copies of many small files, ordered while their agent was
// stopped, from its first moment of work until its queue is empty.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Bench, Row } from './bench.ts'
import { connectClients } from './bench-database.ts'
import type { Outcome } from './load/repeat.ts'
import { describeCpu, measure, type Side, summarize } from './rounds.ts'
import { type Storing, startStoring } from './storing.ts'

const FILES = 10_000
const BYTES = 4_096
const ROUNDS = 3
const WANTED_A_SECOND = 1_000
const POLL_MS = 20
const DRAIN_TIMEOUT_MS = 60_000

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const storing = parts.use(await startStoring(dir))
  const connected = parts.use(await connectClients(storing.database.url, 1))
  const [client] = connected.clients
  if (client === undefined) throw new Error('there is no connection')

  const samples = []
  for (let round = 0; round < ROUNDS; round++)
    samples.push(await measure(drains(storing, client), 0))
  const ours = summarize(samples)
  const { rows } = await client.query<{ copies: number }>(
    'select count(*)::int as copies from replica join file using (fid)',
  )
  const stored = FILES * ROUNDS
  if (rows[0]?.copies !== 2 * stored)
    throw new Error(`${rows[0]?.copies} copies of ${stored} files`)
  return [
    {
      what: `replication of 4 KiB files, agent to agent, ${FILES} at a time`,
      unit: 'files/s',
      ours: ours.rate,
      wanted: { oursAtLeast: WANTED_A_SECOND },
      notes: [describeCpu('ours', ours), `all ${stored} files had their second copy`],
    },
  ]
}

function drains(storing: Storing, client: pg.Client): Side {
  const { tracker, agent, copier, database } = storing.pids
  return {
    processes: { copier, source: agent, tracker, database },
    async prepare() {
      await storing.store({ times: FILES, prefix: `${randomBytes(4).toString('hex')}/` })
      const waiting = await countJobs(client)
      if (waiting !== FILES) throw new Error(`${waiting} copies wait, not ${FILES}`)
    },
    async round(): Promise<Outcome> {
      const startedMs = performance.now()
      storing.copy(true)
      while ((await countJobs(client)) > 0) {
        if (performance.now() - startedMs > DRAIN_TIMEOUT_MS)
          throw new Error('the copies do not end')
        await sleep(POLL_MS)
      }
      const ms = performance.now() - startedMs
      storing.copy(false)
      return { done: FILES, ms, bytes: FILES * BYTES, p50Ms: Number.NaN, p99Ms: Number.NaN }
    },
  }
}

async function countJobs(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ jobs: number }>('select count(*)::int as jobs from job')
  return rows[0]?.jobs ?? 0
}

export const replication: Bench = { name: 'replication', run }
