// One agent, put together: what it starts, in which order, and the order in which it stops. Used by
// main.ts, and by tests in their own process.
import { type Clock, systemClock } from '#shared/clock.ts'
import { type Events, jsonEvents } from '#shared/events.ts'
import type { HostId } from '#shared/ids.ts'
import { countedEvents } from '#shared/metrics/counted-events.ts'
import { Devices } from './disk/devices.ts'
import { readEnrollment } from './enrollment.ts'
import { agentLoad } from './http/load.ts'
import { serve } from './http/serve.ts'
import { keyRing } from './keys.ts'
import { lockRoot } from './lock-root.ts'
import { Bell } from './loops/bell.ts'
import { Looks } from './loops/looks.ts'
import { Sweep } from './loops/sweep.ts'
import { sayGoodbye, syncLoop } from './loops/sync.ts'
import { Work } from './loops/work.ts'
import { agentMetrics } from './metrics/agent-metrics.ts'
import { JobMeter } from './metrics/job-meter.ts'
import { processMeter } from './metrics/process-families.ts'
import { RequestMeter } from './metrics/request-meter.ts'
import { nodes } from './nodes.ts'
import { poolThreads } from './pool-threads.ts'
import { trackers } from './tracker.ts'
import { TrackerTime } from './tracker-time.ts'

export interface AgentOptions {
  /** Holds agent.json and the `dev{N}` directories. */
  root: string
  /** Without a trailing slash; the next is tried when one does not answer. */
  trackerUrls: readonly string[]
  /** Port 0 takes a free one. */
  listen: { host: string; port: number }
  /** Where clients and other agents reach us. Default: the address that we listen on. */
  publicUrl?: string
  clock?: Clock
  events?: Events
  /** Who may read the metrics from elsewhere than this host; see http/about-us.ts. */
  metricsToken?: string
}

export interface Agent extends AsyncDisposable {
  hostId: HostId
  url: string
}

/** Resolves when it listens. Disposed, it finishes what is under way, up to STOP_MS. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { root, listen, clock = systemClock } = options
  const events = countedEvents(options.events ?? jsonEvents('agent'))
  await using starting = new AsyncDisposableStack()
  starting.use(await lockRoot(root))
  const enrollment = await readEnrollment(root)
  if (enrollment === undefined)
    throw new Error(`${root} is not enrolled yet: run \`mog-agent init\` first`)

  const { clusterId, hostId, credential } = enrollment
  const keys = keyRing(enrollment.keys)
  const trackerTime = new TrackerTime(clock)
  const tracker = starting.use(trackers(options.trackerUrls, credential))
  const source = starting.use(nodes())
  const deviceDeps = { root, clusterId, poolThreads: poolThreads(), clock, events }
  const devices = starting.use(new Devices(deviceDeps))
  await devices.discover()

  const [requests, jobs] = [new RequestMeter(), new JobMeter()]
  const process = starting.use(processMeter())
  const observed = { hostId, devices, clock, events, requests, jobs, process }
  const metrics = {
    text: () => agentMetrics({ ...observed, jobsHeld: () => work.held }),
    token: options.metricsToken,
  }
  const trackerNowMs = () => trackerTime.nowMs()
  const httpDeps = { hostId, devices, keys, tracker, trackerNowMs, events }
  const server = await serve(listen, { ...httpDeps, load: agentLoad(), meter: requests, metrics })
  const url = options.publicUrl ?? `http://${hostIn(listen.host)}:${server.port}`

  const stopping = new AbortController()
  const { signal } = stopping
  const bell = new Bell()
  const jobDeps = { devices, nodes: source, clock, events, signal }
  const work = new Work({ ...jobDeps, meter: jobs }, () => bell.ring())
  const sweep = new Sweep({ devices, tracker, clock, events, signal })
  const looks = new Looks({ devices, tracker, clock, events, signal })
  const identity = { root, url, enrollment, keys, trackerTime }
  const syncDeps = {
    ...identity,
    tracker,
    devices,
    work,
    sweep,
    looks,
    bell,
    meter: jobs,
    clock,
    events,
  }
  const looping = syncLoop(syncDeps, signal)
  starting.defer(async () => {
    stopping.abort()
    await Promise.all([looping, sweep.finished(), looks.finished()])
    await sayGoodbye(syncDeps)
  })
  starting.use(server) // last in, first to stop: what is under way still finds all it needs
  const stack = starting.move()
  return { hostId, url, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** An IPv6 address stands in brackets. */
const hostIn = (host: string) => (host.includes(':') ? `[${host}]` : host)
