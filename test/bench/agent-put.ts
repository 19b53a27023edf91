// PUTs, each of a new fid with its own ticket and durable before its answer, against nginx's DAV
// PUT, which syncs nothing. Both write to the same disk.
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fidPath } from '#shared/fid-path.ts'
import { Fid } from '#shared/ids.ts'
import type { Bench, Row } from './bench.ts'
import { type BenchAgent, startBenchCluster } from './bench-cluster.ts'
import { type Generator, startGenerator } from './generator.ts'
import { headOf } from './load/http-connection.ts'
import { ABSENT, type Nginx, startNginx } from './nginx.ts'
import { describe, measureByTurns, type Side, type Summary } from './rounds.ts'

interface Size {
  what: string
  bytes: number
  /** More than a round takes. */
  filesARound: number
  /** Large ones would fill the disk; where many small ones are deleted, ext4 makes files slowly. */
  areErased: boolean
  wanted: number
  unit: string
  figureOf: (summary: Summary) => number
}

const CONNECTIONS = 16
const sizes: readonly Size[] = [
  {
    what: '4 KiB',
    bytes: 4_096,
    filesARound: 40_000,
    areErased: false,
    wanted: 0.5,
    unit: 'files/s',
    figureOf: ({ rate }) => rate,
  },
  {
    what: '10 MiB',
    bytes: 10 * 1024 ** 2,
    filesARound: 400,
    areErased: true,
    wanted: 1,
    unit: 'MB/s',
    figureOf: ({ bytesPerS }) => bytesPerS / 1e6,
  },
]

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const { agents } = parts.use(await startBenchCluster(dir, 1))
  const [agent] = agents
  if (agent === undefined) throw new Error('the cluster has no agent')
  const nginxRoot = join(dir, 'nginx-root')
  const nginx = await startNginx(dir, nginxRoot)
  if (nginx !== undefined) parts.use(nginx)
  const generator = parts.use(startGenerator())
  const rows: Row[] = []
  for (const size of sizes)
    rows.push(await compare({ generator, agent, nginx, nginxRoot, dir, size }))
  return rows
}

interface Comparison {
  generator: Generator
  agent: BenchAgent
  nginx: Nginx | undefined
  nginxRoot: string
  dir: string
  size: Size
}

async function compare(comparison: Comparison): Promise<Row> {
  const { generator, agent, nginx, nginxRoot, dir, size } = comparison
  const toAgent = (fid: Fid) => agent.ticket('PUT', fid)
  const toNginx = (fid: Fid) => fidPath(agent.deviceId, fid)
  const pathIn = (root: string) => (fid: Fid) => join(root, fidPath(agent.deviceId, fid))
  const common = { generator, dir, size }
  const own = { port: agent.port, urlOf: toAgent, pathOf: pathIn(agent.root) }
  const ours: Side = {
    ...puts({ ...common, ...own }),
    processes: { agent: agent.pid, generator: generator.pid },
  }
  const reference: Side | undefined = nginx && {
    ...puts({ ...common, port: nginx.port, urlOf: toNginx, pathOf: pathIn(nginxRoot) }),
    processes: { nginx: nginx.pid, generator: generator.pid },
  }
  const measured = await measureByTurns(ours, reference)
  return {
    what: `agent PUT ${size.what}, fsync, ${CONNECTIONS} connections; nginx DAV PUT, no fsync`,
    unit: size.unit,
    ours: size.figureOf(measured.ours),
    reference: measured.reference && size.figureOf(measured.reference),
    wanted: { ratioAtLeast: size.wanted },
    notes: [
      describe('agent', measured.ours),
      measured.reference === undefined ? ABSENT : describe('nginx', measured.reference),
    ],
  }
}

interface Puts {
  generator: Generator
  port: number
  urlOf: (fid: Fid) => string
  /** Where it lies afterwards. */
  pathOf: (fid: Fid) => string
  dir: string
  size: Size
}

/** Rounds of new fids. What one left unwritten is on the disk before the next one starts. */
function puts({ generator, port, urlOf, pathOf, dir, size }: Puts) {
  const { bytes, filesARound, areErased } = size
  const body = new Uint8Array(bytes).fill(7)
  let fids: Fid[] = []
  let heads: string[] = []
  let fid = bytes * 1_000
  return {
    async prepare() {
      if (areErased) for (const each of fids) await rm(pathOf(each), { force: true })
      fids = Array.from({ length: filesARound }, () => Fid.parse(fid++))
      heads = fids.map((each) => headOf('PUT', urlOf(each), { 'content-length': bytes }))
      await promisify(execFile)('sync', ['-f', dir])
    },
    round: (ms: number) =>
      generator.run({
        kind: 'requests',
        port,
        connections: CONNECTIONS,
        heads,
        body,
        once: true,
        expected: 201,
        ms,
      }),
  }
}

export const agentPut: Bench = { name: 'agent-put', run }
