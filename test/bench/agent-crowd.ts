// The memory of an agent while 200 clients store and fetch files of 10 MiB at the same time: each
// transfer holds its buffers, and the sum must stay small.
import { Fid } from '#shared/ids.ts'
import type { Bench, Row } from './bench.ts'
import { startBenchCluster } from './bench-cluster.ts'
import { startGenerator } from './generator.ts'
import { headOf } from './load/http-connection.ts'
import { peakBytesOf } from './machine.ts'
import { figure } from './table.ts'

const BYTES = 10 * 1024 ** 2
const CONNECTIONS_EACH = 100
const PUTS = 300
const FILES = 16
const FIRST_READ = 1_000
const FIRST_WRITTEN = 10_000
const GET_MS = 4_000
const WANTED_MB = 200

const fidsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, n) => Fid.parse(first + n))

const speed = ({ bytes, ms }: { bytes: number; ms: number }) => `${figure(bytes / 1e3 / ms)} MB/s`

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const { agents } = parts.use(await startBenchCluster(dir, 1))
  const [agent] = agents
  if (agent === undefined) throw new Error('the cluster has no agent')
  const [storing, fetching] = [parts.use(startGenerator()), parts.use(startGenerator())]
  const { port, pid } = agent
  const put = (first: number, count: number, connections: number) =>
    storing.run({
      kind: 'requests',
      port,
      connections,
      heads: fidsFrom(first, count).map((fid) =>
        headOf('PUT', agent.ticket('PUT', fid), { 'content-length': BYTES }),
      ),
      body: new Uint8Array(BYTES).fill(7),
      once: true,
      expected: 201,
    })
  await put(FIRST_READ, FILES, 4)
  const beforeMb = peakBytesOf(pid) / 1e6

  const gets = fetching.run({
    kind: 'requests',
    port,
    connections: CONNECTIONS_EACH,
    heads: fidsFrom(FIRST_READ, FILES).map((fid) => headOf('GET', agent.ticket('GET', fid))),
    once: false,
    expected: 200,
    ms: GET_MS,
  })
  const [stored, fetched] = await Promise.all([put(FIRST_WRITTEN, PUTS, CONNECTIONS_EACH), gets])
  return [
    {
      what: `agent memory at its peak, ${2 * CONNECTIONS_EACH} transfers of 10 MiB at once`,
      unit: 'MB',
      ours: peakBytesOf(pid) / 1e6,
      wanted: { oursAtMost: WANTED_MB },
      notes: [
        `before them ${figure(beforeMb)} MB; half of them PUTs, half GETs`,
        `PUT ${speed(stored)}, fsync included; GET ${speed(fetched)}`,
      ],
    },
  ]
}

export const agentCrowd: Bench = { name: 'agent-crowd', run }
