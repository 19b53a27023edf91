// GETs with a valid ticket from one agent process, against nginx with one worker over the very same
// files, and from two against two. Small ones are a matter of requests, large ones of bytes.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fidPath } from '#shared/fid-path.ts'
import { Fid } from '#shared/ids.ts'
import type { Bench, Row } from './bench.ts'
import { type BenchAgent, startBenchCluster } from './bench-cluster.ts'
import { type Generator, startGenerator } from './generator.ts'
import { headOf } from './load/http-connection.ts'
import type { Outcome } from './load/repeat.ts'
import { ABSENT, startNginx } from './nginx.ts'
import { describe, measureByTurns, type Side, type Summary } from './rounds.ts'
import { hasWrk, runWrk } from './wrk.ts'

interface Size {
  what: string
  bytes: number
  files: number
  firstFid: number
  range?: string
  wanted: number
  unit: string
  figureOf: (summary: Summary) => number
}

const CONNECTIONS = 16
const allSizes: readonly Size[] = [
  {
    what: '4 KiB',
    bytes: 4_096,
    files: 1_000,
    firstFid: 1_000,
    wanted: 0.45,
    unit: 'requests/s',
    figureOf: ({ rate }) => rate,
  },
  {
    what: '10 MiB',
    bytes: 10 * 1024 ** 2,
    files: 16,
    firstFid: 5_000,
    wanted: 1,
    unit: 'MB/s',
    figureOf: ({ bytesPerS }) => bytesPerS / 1e6,
  },
  {
    what: 'range of 64 KiB out of 10 MiB',
    bytes: 10 * 1024 ** 2,
    files: 16,
    firstFid: 5_000,
    range: 'bytes=1048576-1114111',
    wanted: 0.5,
    unit: 'requests/s',
    figureOf: ({ rate }) => rate,
  },
]

type Get = (ask: { port: number; paths: readonly string[]; ms: number }) => Promise<Outcome>

async function measureWith(dir: string, processes: number, sizes: readonly Size[]): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const { agents } = parts.use(await startBenchCluster(dir, 1, processes))
  const generator = parts.use(startGenerator())
  const rows: Row[] = []
  for (const agent of agents) {
    const nginx = await startNginx(dir, agent.root, processes)
    if (nginx !== undefined) parts.use(nginx)
    for (const size of sizes) {
      const fids = Array.from({ length: size.files }, (_, n) => Fid.parse(size.firstFid + n))
      await storeAll(generator, agent, size, fids)
      rows.push(await compare({ dir, generator, agent, nginx, processes, size, fids }))
    }
  }
  return rows
}

async function storeAll(generator: Generator, agent: BenchAgent, size: Size, fids: Fid[]) {
  await generator.run({
    kind: 'requests',
    port: agent.port,
    connections: 4,
    heads: fids.map((fid) =>
      headOf('PUT', agent.ticket('PUT', fid), { 'content-length': size.bytes }),
    ),
    body: new Uint8Array(size.bytes).fill(7),
    once: true,
    expected: 201,
  })
}

interface Comparison {
  dir: string
  generator: Generator
  agent: BenchAgent
  nginx: { port: number; pid: number } | undefined
  /** Of the agent, and workers of nginx. */
  processes: number
  size: Size
  fids: readonly Fid[]
}

async function compare(comparison: Comparison): Promise<Row> {
  const { dir, generator, agent, nginx, processes, size, fids } = comparison
  const { range } = size
  const usesWrk = hasWrk()
  await mkdir(join(dir, 'wrk'), { recursive: true })
  const get: Get = usesWrk
    ? (ask) => runWrk({ dir: join(dir, 'wrk'), connections: CONNECTIONS, range, ...ask })
    : ({ port, paths, ms }) =>
        generator.run({
          kind: 'requests',
          port,
          connections: CONNECTIONS,
          heads: paths.map((path) => headOf('GET', path, range === undefined ? {} : { range })),
          once: false,
          expected: range === undefined ? 200 : 206,
          ms,
        })
  const signed = fids.map((fid) => agent.ticket('GET', fid))
  const plain = fids.map((fid) => fidPath(agent.deviceId, fid))
  const ours: Side = {
    round: (ms) => get({ port: agent.port, paths: signed, ms }),
    processes: { agent: agent.pid },
  }
  const reference: Side | undefined = nginx && {
    round: (ms) => get({ port: nginx.port, paths: plain, ms }),
    processes: { nginx: nginx.pid },
  }
  const measured = await measureByTurns(ours, reference)
  return {
    what: `agent GET ${size.what}, ${CONNECTIONS} connections; processes of each: ${processes}`,
    unit: size.unit,
    ours: size.figureOf(measured.ours),
    reference: measured.reference && size.figureOf(measured.reference),
    wanted: { ratioAtLeast: size.wanted },
    notes: [
      describe('agent', measured.ours),
      measured.reference === undefined ? ABSENT : describe('nginx', measured.reference),
      `generator: ${usesWrk ? 'wrk' : 'our own, for wrk is not installed'}`,
    ],
  }
}

export const agentGet: Bench = {
  name: 'agent-get',
  run: (dir) => measureWith(dir, 1, allSizes),
}

const [small] = allSizes

/** Small ones alone: bytes are the kernel's, whoever asks for them. */
export const agentGetTwo: Bench = {
  name: 'agent-get-two',
  run: (dir) => measureWith(dir, 2, small === undefined ? [] : [{ ...small, wanted: 0.7 }]),
}
