// PUTs of 4 KiB, each of a new fid with its own ticket and durable before its answer, against
// nginx's DAV PUT, which syncs nothing. Both write to the same disk.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fidPath } from '#shared/fid-path.ts'
import { Fid } from '#shared/ids.ts'
import type { Bench, Row } from './bench.ts'
import { startBenchCluster } from './bench-cluster.ts'
import { type Generator, startGenerator } from './generator.ts'
import { headOf } from './load/http-connection.ts'
import { ABSENT, startNginx } from './nginx.ts'
import { describe, measureByTurns, type Side } from './rounds.ts'

const CONNECTIONS = 16
const BYTES = 4_096
/** More than a round takes. */
const FILES_A_ROUND = 40_000

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const { agents } = parts.use(await startBenchCluster(dir, 1))
  const [agent] = agents
  if (agent === undefined) throw new Error('the cluster has no agent')
  const nginx = await startNginx(dir, join(dir, 'nginx-root'))
  if (nginx !== undefined) parts.use(nginx)
  const generator = parts.use(startGenerator())

  const toAgent = (fid: Fid) => agent.ticket('PUT', fid)
  const toNginx = (fid: Fid) => fidPath(agent.deviceId, fid)
  const ours: Side = {
    ...puts({ generator, port: agent.port, urlOf: toAgent, dir }),
    processes: { agent: agent.pid, generator: generator.pid },
  }
  const reference: Side | undefined = nginx && {
    ...puts({ generator, port: nginx.port, urlOf: toNginx, dir }),
    processes: { nginx: nginx.pid, generator: generator.pid },
  }
  const measured = await measureByTurns(ours, reference)
  return [
    {
      what: `agent PUT 4 KiB, fsync, ${CONNECTIONS} connections; nginx DAV PUT, no fsync`,
      unit: 'files/s',
      ours: measured.ours.rate,
      reference: measured.reference?.rate,
      wanted: { ratioAtLeast: 0.5 },
      notes: [
        describe('agent', measured.ours),
        measured.reference === undefined ? ABSENT : describe('nginx', measured.reference),
      ],
    },
  ]
}

interface Puts {
  generator: Generator
  port: number
  urlOf: (fid: Fid) => string
  dir: string
}

/** Rounds of new fids. What one left unwritten is on the disk before the next one starts. */
function puts({ generator, port, urlOf, dir }: Puts): Pick<Side, 'round' | 'prepare'> {
  const body = new Uint8Array(BYTES).fill(7)
  let heads: string[] = []
  let fid = 1_000
  return {
    async prepare() {
      const fids = Array.from({ length: FILES_A_ROUND }, () => Fid.parse(fid++))
      heads = fids.map((each) => headOf('PUT', urlOf(each), { 'content-length': BYTES }))
      await promisify(execFile)('sync', ['-f', dir])
    },
    round: (ms) =>
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
