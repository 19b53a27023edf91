// The local cluster as a bench uses it: the tracker on Node, agents with one device each, and a
// database whose CPU can be told. Nobody is given up for silent: a bench stops agents on purpose.
import { readEnrollment } from '#agent/enrollment.ts'
import { type Cluster, startCluster } from '#infra/dev/cluster.ts'
import { Checksum, DeviceId, type Fid } from '#shared/ids.ts'
import { decodeBase64Url } from '#shared/mac.ts'
import { signedUrl, type Ticket, type VersionedKey } from '#shared/tickets.ts'
import { type BenchDatabase, startBenchDatabase } from './bench-database.ts'

export interface BenchCluster extends AsyncDisposable {
  cluster: Cluster
  database: BenchDatabase
  trackerPort: number
  agents: BenchAgent[]
}

export interface BenchAgent {
  port: number
  pid: number
  root: string
  deviceId: DeviceId
  /** The path and query of a URL with a ticket, signed ahead. */
  ticket: (verb: Ticket['verb'], fid: Fid) => string
}

const FOR_EVER_MS = 3_600_000
/** As long as those that a tracker signs; a node looks at the bytes no further. */
const checksum = Checksum.parse(`SHA-256:${'0'.repeat(64)}`)
const settings = { downAfterMs: FOR_EVER_MS, rehomeAfterMs: FOR_EVER_MS }

export async function startBenchCluster(
  dir: string,
  hosts: number,
  processesPerHost = 1,
): Promise<BenchCluster> {
  await using parts = new AsyncDisposableStack()
  const database = parts.use(await startBenchDatabase(dir))
  const cluster = parts.use(
    await startCluster({
      stateDir: dir,
      hosts,
      devicesPerHost: 1,
      processesPerHost,
      trackerKind: 'node',
      port: 0,
      databaseUrl: database.url,
      settings,
    }),
  )
  const agents = await Promise.all(cluster.agents.map(benchAgent))
  const running = parts.move()
  return {
    cluster,
    database,
    trackerPort: portOf(cluster.tracker.url),
    agents,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function benchAgent(agent: Cluster['agents'][number]): Promise<BenchAgent> {
  const { url, pid, root, devices } = agent
  const deviceId = DeviceId.parse(devices[0]?.deviceId)
  const key = await ticketKey(root)
  const untilS = Math.floor((Date.now() + FOR_EVER_MS) / 1_000)
  const ticket = (verb: Ticket['verb'], fid: Fid) =>
    signedUrl('', { verb, deviceId, fid, untilS, ...(verb === 'GET' && { checksum }) }, key)
  return { port: portOf(url), pid, root, deviceId, ticket }
}

async function ticketKey(root: string): Promise<VersionedKey> {
  const enrollment = await readEnrollment(root)
  const [newest] = enrollment?.keys ?? []
  if (newest === undefined) throw new Error(`${root} is not enrolled`)
  return { version: newest.version, key: decodeBase64Url(newest.key) }
}

export const portOf = (url: string): number => Number(new URL(url).port)
