// Two hosts, of which one takes the new files and the other is to get their second copies, but is
// stopped: so its jobs gather in the queue until a bench lets it go on.
import type { Client } from '#shared/client/connect.ts'
import { type BenchAgent, startBenchCluster } from './bench-cluster.ts'
import type { BenchDatabase } from './bench-database.ts'
import { type Generator, startGenerator } from './generator.ts'
import type { Outcome } from './load/repeat.ts'

export interface Storing extends AsyncDisposable {
  database: BenchDatabase
  connections: number
  generator: Generator
  /** The second host's agent. */
  copier: BenchAgent
  /** Of the processes that take part; `copier` is stopped at first. */
  pids: Record<'tracker' | 'agent' | 'copier' | 'database' | 'generator', number>
  store(ask: { prefix: string; ms?: number; times?: number; bytes?: number }): Promise<Outcome>
  /** Lets the second host work, or stops it. */
  copy(does: boolean): void
}

const CONNECTIONS = 16
const BYTES = 4_096
/** A view of the devices lives so long in a tracker, and a second more. */
const VIEW_MS = 2_000

export async function startStoring(dir: string): Promise<Storing> {
  await using parts = new AsyncDisposableStack()
  const { cluster, agents, database, trackerPort } = parts.use(await startBenchCluster(dir, 2))
  const generator = parts.use(startGenerator())
  const [agent, copier] = agents
  const [, copying] = cluster.agents
  if (agent === undefined || copier === undefined) throw new Error('the cluster has no two agents')
  await preferOthers(cluster.admin, copier.deviceId)
  copying?.signal('SIGSTOP')
  parts.defer(() => copying?.signal('SIGCONT'))

  const { clientKey: key, domain } = cluster.description
  const running = parts.move()
  return {
    database,
    connections: CONNECTIONS,
    generator,
    copier,
    pids: {
      tracker: cluster.tracker.pid,
      agent: agent.pid,
      copier: copier.pid,
      database: database.pid,
      generator: generator.pid,
    },
    store: ({ bytes = BYTES, ...ask }) =>
      generator.run({
        kind: 'store',
        trackerPort,
        key,
        domain,
        body: new Uint8Array(bytes).fill(7),
        connections: CONNECTIONS,
        ...ask,
      }),
    copy: (does) => copying?.signal(does ? 'SIGCONT' : 'SIGSTOP'),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Without weight a device is offered last: the other one gets all new files. */
async function preferOthers({ admin }: Client, deviceId: number): Promise<void> {
  await admin.devices.change(deviceId, { weight: 0 })
  await new Promise((resolve) => setTimeout(resolve, VIEW_MS))
}
