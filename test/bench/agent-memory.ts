// The memory of an agent while a file of 2 GB passes through it, in and out again: what it holds
// must not grow with what it stores.
import { Fid } from '#shared/ids.ts'
import type { Bench, Row } from './bench.ts'
import { startBenchCluster } from './bench-cluster.ts'
import { startGenerator } from './generator.ts'
import { headOf } from './load/http-connection.ts'
import { peakBytesOf } from './machine.ts'
import { figure } from './table.ts'

const BYTES = 2_000_000_000
const PIECE_BYTES = 1024 ** 2
const FID = Fid.parse(1_000)
const WANTED_MB = 200

async function run(dir: string): Promise<Row[]> {
  await using parts = new AsyncDisposableStack()
  const { agents } = parts.use(await startBenchCluster(dir, 1))
  const [agent] = agents
  if (agent === undefined) throw new Error('the cluster has no agent')
  const generator = parts.use(startGenerator())
  const { port, pid } = agent
  const idleMb = peakBytesOf(pid) / 1e6

  const put = await generator.run({
    kind: 'stream',
    port,
    head: headOf('PUT', agent.ticket('PUT', FID), { 'content-length': BYTES }),
    piece: new Uint8Array(PIECE_BYTES).fill(7),
    bytes: BYTES,
    expected: 201,
  })
  const putMb = peakBytesOf(pid) / 1e6
  const get = await generator.run({
    kind: 'stream',
    port,
    head: headOf('GET', agent.ticket('GET', FID)),
    piece: new Uint8Array(),
    bytes: 0,
    expected: 200,
  })
  const getMb = peakBytesOf(pid) / 1e6
  const speed = ({ ms }: { ms: number }) => `${figure(BYTES / 1e3 / ms)} MB/s`
  return [
    {
      what: 'agent memory at its peak, PUT and GET of 2 GB',
      unit: 'MB',
      ours: getMb,
      wanted: { oursAtMost: WANTED_MB },
      notes: [
        `idle ${figure(idleMb)} MB, after PUT ${figure(putMb)} MB, after GET ${figure(getMb)} MB`,
        `PUT ${speed(put)}, fsync included; GET ${speed(get)}`,
      ],
    },
  ]
}

export const agentMemory: Bench = { name: 'agent-memory', run }
