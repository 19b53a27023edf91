// Copies from agent to agent beside PUTs by clients to the agent that makes the copies: second ones
// of many files, ordered while it was stopped, from its first moment of work until none waits.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type pg from 'pg'
import { Fid } from '#shared/ids.ts'
import type { Bench, Row } from './bench.ts'
import { connectClients } from './bench-database.ts'
import { headOf } from './load/http-connection.ts'
import type { Outcome } from './load/repeat.ts'
import { describeCpu, measure, type Sample, type Side, type Summary, summarize } from './rounds.ts'
import { type Storing, startStoring } from './storing.ts'

interface Size {
  what: string
  bytes: number
  /** In a round. */
  files: number
  wanted: number
  unit: string
  figureOf: (summary: Summary) => number
}

const sizes: readonly Size[] = [
  {
    what: '4 KiB',
    bytes: 4_096,
    files: 10_000,
    wanted: 0.5,
    unit: 'files/s',
    figureOf: ({ rate }) => rate,
  },
  {
    what: '64 MiB',
    bytes: 64 * 1024 ** 2,
    files: 8,
    wanted: 0.8,
    unit: 'MB/s',
    figureOf: ({ bytesPerS }) => bytesPerS / 1e6,
  },
]
const ROUNDS = 3
const POLL_MS = 20
const DRAIN_TIMEOUT_MS = 60_000
/** Longer than a device is held for wanted by clients, who have just stored the files. */
const QUIET_MS = 1_500
/** Far from those that a tracker gives. */
let freeFid = 1_000_000_000

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const storing = parts.use(await startStoring(dir))
  const connected = parts.use(await connectClients(storing.database.url, 1))
  const [client] = connected.clients
  if (client === undefined) throw new Error('there is no connection')
  const rows: Row[] = []
  for (const size of sizes) rows.push(await compare(dir, storing, client, size))
  return rows
}

async function compare(dir: string, storing: Storing, client: pg.Client, size: Size): Promise<Row> {
  const before = await countCopies(client)
  const turns = [drains(storing, client, size), plainPuts(storing, dir, size)] as const
  const samples: readonly [Sample[], Sample[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++)
    for (const [nth, side] of turns.entries()) samples[nth]?.push(await measure(side, 0))
  const [ours, reference] = [summarize(samples[0]), summarize(samples[1])]

  const stored = size.files * ROUNDS
  const copies = (await countCopies(client)) - before
  if (copies !== 2 * stored) throw new Error(`${copies} copies of ${stored} files`)
  return {
    what: `replication of ${size.what} files, ${size.files} at a time; as many PUTs to that agent`,
    unit: size.unit,
    ours: size.figureOf(ours),
    reference: size.figureOf(reference),
    wanted: { ratioAtLeast: size.wanted },
    notes: [
      describeCpu('ours', ours),
      describeCpu('PUTs', reference),
      `all ${stored} files had their second copy`,
    ],
  }
}

function drains(storing: Storing, client: pg.Client, { files, bytes }: Size): Side {
  const { tracker, agent, copier, database } = storing.pids
  return {
    processes: { copier, source: agent, tracker, database },
    async prepare() {
      storing.copy(false)
      await storing.store({ times: files, bytes, prefix: `${randomBytes(4).toString('hex')}/` })
      const waiting = await countJobs(client)
      if (waiting !== files) throw new Error(`${waiting} copies wait, not ${files}`)
      await sleep(QUIET_MS)
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
      return { done: files, ms, bytes: files * bytes, p50Ms: Number.NaN, p99Ms: Number.NaN }
    },
  }
}

/** To the agent that makes the copies, of files that nobody knows. */
function plainPuts(storing: Storing, dir: string, { files, bytes }: Size): Side {
  const { generator, copier, connections, pids } = storing
  const body = new Uint8Array(bytes).fill(7)
  let heads: string[] = []
  return {
    processes: { copier: pids.copier, generator: pids.generator },
    async prepare() {
      const fids = Array.from({ length: files }, () => Fid.parse(freeFid++))
      heads = fids.map((fid) =>
        headOf('PUT', copier.ticket('PUT', fid), { 'content-length': bytes }),
      )
      await promisify(execFile)('sync', ['-f', dir])
    },
    round: () =>
      generator.run({
        kind: 'requests',
        port: copier.port,
        connections: Math.min(connections, files),
        heads,
        body,
        once: true,
        expected: 201,
      }),
  }
}

async function countCopies(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ copies: number }>(
    'select count(*)::int as copies from replica join file using (fid)',
  )
  return rows[0]?.copies ?? 0
}

async function countJobs(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ jobs: number }>('select count(*)::int as jobs from job')
  return rows[0]?.jobs ?? 0
}

export const replication: Bench = { name: 'replication', run }
