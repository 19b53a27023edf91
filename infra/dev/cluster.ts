// The local cluster: real Postgres, a tracker, agents with disks, each in a process of its own.
// `npm start` runs it, and the tests run the same. What fails half way takes down what stood.
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { migrate } from '#infra/migrate.ts'
import { reasonOf } from '#infra/reason-of.ts'
import { ensureApiKey } from '#infra/serve/ensure-api-key.ts'
import { type Client, connect } from '#shared/client/connect.ts'
import { Refusal } from '#shared/client/refusal.ts'
import type { Scope } from '#shared/wire/admin.ts'
import { type AgentProcess, startAgentProcess } from './agent-process.ts'
import {
  type ClusterDescription,
  ClusterError,
  type ClusterState,
  openClusterState,
} from './cluster-state.ts'
import { findFreePort, isFreePort } from './loopback.ts'
import { HERE, type Place } from './place.ts'
import { startPostgres } from './postgres.ts'
import { startTracker, type TrackerKind, type TrackerProcess } from './tracker-process.ts'

export interface ClusterOptions {
  stateDir: string
  /** Empties the state folder before. */
  anew?: boolean
  hosts: number
  devicesPerHost: number
  /** That share the devices of a host. Default 1. */
  processesPerHost?: number
  trackerKind: TrackerKind
  /** The tracker's; 0 for a free one. */
  port: number
  /** An existing Postgres or Neon; one is started in the state folder otherwise. */
  databaseUrl?: string | undefined
  /** Changes to the settings, made before the agents start. */
  settings?: Record<string, number>
  /** Where `tracker`, on Node, and the host of this name run. Default: here. */
  placeOf?: (part: string) => Place
  /** Where agents find the tracker, if not where it listens: through a proxy, say. */
  trackerUrlForAgents?: (trackerUrl: string) => Promise<string>
  /** Told what is being brought up. */
  onStep?: (step: string) => void
}

export interface Cluster extends AsyncDisposable {
  /** What `cluster.json` says. */
  readonly description: ClusterDescription
  readonly tracker: TrackerProcess
  readonly agents: readonly AgentProcess[]
  readonly client: Client
  readonly admin: Client
  /** Runs an agent that was stopped or killed again, on its old root. */
  restartAgent(host: string): Promise<AgentProcess>
}

/** Everything but the agents. */
interface Base {
  state: ClusterState
  databaseUrl: string
  tracker: TrackerProcess
  admin: Client
}

const DOMAIN = 'demo'
const CLIENT_SCOPES: Scope[] = ['read', 'write', 'list', 'delete']

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  await using parts = new AsyncDisposableStack()
  const base = await startBase(parts, options)
  const { tracker, admin, state } = base

  const startedAtMs = Date.now()
  const agents: AgentProcess[] = []
  for (const host of hostNames(options.hosts)) {
    options.onStep?.(`agent ${host}`)
    agents.push(parts.use(await startAgent(base, options, host)))
  }
  await untilHeard(admin, agents, startedAtMs)
  await state.describe(describe(base, agents))

  const running = parts.move()
  return {
    tracker,
    agents,
    admin,
    client: connect({ url: tracker.url, key: state.secrets.clientKey }),
    get description() {
      return describe(base, agents)
    },
    async restartAgent(host) {
      const agent = running.use(await startAgent(base, options, host))
      agents[agents.findIndex((each) => each.host === host)] = agent
      await state.describe(describe(base, agents))
      return agent
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function startBase(parts: AsyncDisposableStack, options: ClusterOptions): Promise<Base> {
  const state = parts.use(await openClusterState(resolve(options.stateDir), options.anew))
  const { trackerSecret, adminKey, clientKey } = state.secrets
  const { trackerKind: kind, port } = options
  if (!(await isFreePort(port)))
    throw new ClusterError(`port ${port} is taken: give another one with --port`)

  options.onStep?.('PostgreSQL')
  const databaseUrl = options.databaseUrl ?? (await startDatabase(parts, state))
  await migrate(databaseUrl).catch((error: unknown) => {
    throw new ClusterError(`the database cannot be used: ${reasonOf(error)}`, { cause: error })
  })
  await ensureApiKey(databaseUrl, { label: 'local-admin', key: adminKey, scopes: ['admin'] })

  options.onStep?.(kind === 'worker' ? 'the tracker, on workerd' : 'the tracker, on Node')
  const place = options.placeOf?.('tracker')
  const tracker = parts.use(
    await startTracker({ kind, port, databaseUrl, trackerSecret, place, dir: state.dir }),
  )
  const admin = connect({ url: tracker.url, key: adminKey })
  await furnish(admin, options.settings)
  const client = { label: 'local-client', key: clientKey, domain: DOMAIN, scopes: CLIENT_SCOPES }
  await ensureApiKey(databaseUrl, client)
  return { state, databaseUrl, tracker, admin }
}

async function startDatabase(parts: AsyncDisposableStack, state: ClusterState): Promise<string> {
  try {
    return parts.use(await startPostgres({ dataDir: state.path('postgres') })).url
  } catch (error) {
    throw new ClusterError(reasonOf(error), { cause: error })
  }
}

/** The domain and classes that are there from the start; an earlier start may have made them. */
async function furnish({ admin }: Client, settings: Record<string, number> = {}): Promise<void> {
  await admin.settings.change(settings)
  const { domains } = await admin.domains.list()
  if (domains.some(({ name }) => name === DOMAIN)) return
  await admin.domains.add(DOMAIN)
  await admin.classes.add(DOMAIN, { name: 'thumb', copies: 1 })
}

const startAgent = async ({ state, tracker, admin }: Base, options: ClusterOptions, host: string) =>
  startAgentProcess({
    host,
    root: state.path('hosts', host),
    trackerUrls: [(await options.trackerUrlForAgents?.(tracker.url)) ?? tracker.url],
    place: options.placeOf?.(host) ?? HERE,
    port: await findFreePort(),
    devices: options.devicesPerHost,
    processes: options.processesPerHost ?? 1,
    log: state.path(`agent-${host}.log`),
    enrollmentToken: () => enrollmentToken(admin, host),
  })

async function enrollmentToken({ admin }: Client, host: string): Promise<string> {
  try {
    return (await admin.hosts.add(host)).enrollmentToken
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'host_exists') throw error
    const remedy = 'use the --state folder that has its disks, or another database'
    throw new ClusterError(`the database knows a host ${host} already: ${remedy}`, { cause: error })
  }
}

const hostNames = (count: number) =>
  Array.from({ length: count }, (_, index) => String.fromCodePoint(0x61 + index))

const HEARD_TIMEOUT_MS = 20_000
const HEARD_POLL_MS = 20

/** Until every agent has synced in this life, so that the first file finds all devices. */
async function untilHeard(
  { admin }: Client,
  agents: readonly AgentProcess[],
  startedAtMs: number,
): Promise<void> {
  const ours = agents.flatMap(({ devices }) => devices.map(({ deviceId }) => deviceId))
  const deadlineMs = Date.now() + HEARD_TIMEOUT_MS // from now: on a busy machine they start slowly
  while (Date.now() < deadlineMs) {
    const { devices } = await admin.devices.list()
    const heard = devices.filter(
      ({ silentMs, condition }) =>
        condition !== null && silentMs !== null && silentMs < Date.now() - startedAtMs,
    )
    const ids = new Set(heard.map(({ deviceId }) => Number(deviceId)))
    if (ours.every((deviceId) => ids.has(deviceId))) {
      await admin.settings.change({}) // the tracker forgets what it knew of devices before
      return
    }
    await delay(HEARD_POLL_MS)
  }
  throw new ClusterError('the agents do not reach the tracker: see agent-*.log in the state folder')
}

const describe = (base: Base, agents: readonly AgentProcess[]): ClusterDescription => ({
  trackerUrl: base.tracker.url,
  adminKey: base.state.secrets.adminKey,
  clientKey: base.state.secrets.clientKey,
  domain: DOMAIN,
  databaseUrl: base.databaseUrl,
  agents: agents.map(({ host, url, pid, root, devices }) => ({ host, url, pid, root, devices })),
  trackerPid: base.tracker.pid,
})
