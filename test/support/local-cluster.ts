// The cluster of `npm start` for one test: a database and a directory of its own, and a pace at
// which nobody waits. A process or a file that outlives it fails the run.
import { type Cluster, type ClusterOptions, startCluster } from '#infra/dev/cluster.ts'
import type { DomainClient } from '#shared/client/domain.ts'
import type { SettingName } from '#shared/settings.ts'
import { testDatabase } from './database.ts'
import { tempDir } from './temp-dir.ts'

export interface LocalClusterOptions
  extends Partial<
    Pick<
      ClusterOptions,
      'hosts' | 'devicesPerHost' | 'trackerKind' | 'trackerUrlForAgents' | 'placeOf'
    >
  > {
  /** Instead of a test database. */
  databaseUrl?: string
  settings?: Partial<Record<SettingName, number>>
}

export interface LocalCluster extends Cluster {
  /** Its state folder. */
  dir: string
  /** The domain `demo`, to the client's own key. */
  files: DomainClient
}

const QUICK = { idlePollMs: 50, busyPollMs: 20, sweepMs: 100 }

export async function localCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const {
    hosts = 3,
    devicesPerHost = 2,
    trackerKind = 'node',
    trackerUrlForAgents,
    placeOf,
  } = options
  await using parts = new AsyncDisposableStack()
  const databaseUrl = options.databaseUrl ?? parts.use(await testDatabase()).url
  const { path: dir } = parts.use(await tempDir())
  const settings = { ...QUICK, ...options.settings }
  const cluster = parts.use(
    await startCluster({
      stateDir: dir,
      hosts,
      devicesPerHost,
      trackerKind,
      port: 0,
      databaseUrl,
      settings,
      ...(trackerUrlForAgents !== undefined && { trackerUrlForAgents }),
      ...(placeOf !== undefined && { placeOf }),
    }),
  )
  const running = parts.move()
  return Object.assign(cluster, {
    dir,
    files: cluster.client.domain(cluster.description.domain),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  })
}

/** By its place in the order of starting. */
export function agentAt({ agents }: Cluster, index: number) {
  const agent = agents[index]
  if (agent === undefined) throw new Error(`there is no agent ${index}`)
  return agent
}

/** The names of the hosts that these devices are in, each once. */
export function hostsOf({ agents }: Pick<Cluster, 'agents'>, deviceIds: readonly number[]) {
  const hosts = agents.filter(({ devices }) =>
    devices.some(({ deviceId }) => deviceIds.includes(deviceId)),
  )
  return hosts.map(({ host }) => host)
}
