// One agent, put together: what it starts, in which order, and the order in which it stops. Used by
// main.ts, and by tests in their own process.
import { type Clock, systemClock } from '#shared/clock.ts'
import { type Events, jsonEvents } from '#shared/events.ts'
import type { HostId } from '#shared/ids.ts'
import { countedEvents } from '#shared/metrics/counted-events.ts'
import { Devices } from './disk/devices.ts'
import { lockRoot } from './disk/lock.ts'
import { readEnrollment } from './enrollment.ts'
import type { DoorOptions } from './http/doors.ts'
import type { HttpDeps } from './http/exchange.ts'
import { agentLoad } from './http/load.ts'
import { keyRing } from './keys.ts'
import { Bell } from './loops/bell.ts'
import { Catalogue } from './loops/catalogue.ts'
import { expiryLoop } from './loops/expire-partials.ts'
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
import { openSharedDoors } from './processes/shared-doors.ts'
import { openShare, type ShareOptions } from './scratch/share.ts'
import { openSideChannel } from './side-channel/side-channel.ts'
import { trackers } from './tracker.ts'
import { TrackerTime } from './tracker-time.ts'

export interface AgentOptions extends DoorOptions, Pick<HttpDeps, 'origins' | 'accelPrefix'> {
  /** Holds agent.json and the `dev{N}` directories. */
  root: string
  /** Without a trailing slash; the next is tried when one does not answer. */
  trackerUrls: readonly string[]
  /** How many share the devices: this one and its readers. Default 1. */
  processes?: number
  clock?: Clock
  events?: Events
  /** Who may read the metrics from elsewhere than this host; see http/about-us.ts. */
  metricsToken?: string
  /** Where MogileFS's trackers ask for sizes, checksums and load; see side-channel/. */
  sideListen?: { host: string; port: number }
  /** A WebDAV share beside the devices; see scratch/. */
  scratch?: ShareOptions
}

export interface Agent extends AsyncDisposable {
  hostId: HostId
  url: string
  /** Where the second address is asked for. */
  internalUrl?: string
  /** Of the side channel. */
  sidePort?: number
}

/** Resolves when it listens. Disposed, it finishes what is under way, up to STOP_MS. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { clock = systemClock, origins, accelPrefix } = options
  const events = countedEvents(options.events ?? jsonEvents('agent'))
  await using starting = new AsyncDisposableStack()
  const base = await openBase(starting, options, { clock, events })
  const { hostId, devices, keys, tracker, trackerTime } = base

  const [requests, jobs] = [new RequestMeter(), new JobMeter()]
  const process = starting.use(processMeter())
  const observed = { hostId, devices, clock, events, requests, jobs, process }
  const metrics = {
    text: () => agentMetrics({ ...observed, jobsHeld: () => loops.work.held }),
    token: options.metricsToken,
  }
  const scratch = options.scratch && starting.use(await openShare(options.scratch, clock))
  const trackerNowMs = () => trackerTime.nowMs()
  const known = { hostId, devices, keys, tracker, trackerNowMs, events, origins, accelPrefix }
  const { credential } = base.enrollment
  const httpDeps = { ...known, credential, scratch, load: agentLoad(), meter: requests, metrics }
  const doors = await openSharedDoors(options, httpDeps, clock)
  const { url, internalUrl } = doors
  const { sideListen } = options
  const side = sideListen && starting.use(await openSideChannel(sideListen, observed))
  const loops = starting.use(startLoops({ ...base, root: options.root, url, jobs, clock, events }))
  starting.use(doors) // last in, first to stop: what is under way still finds all it needs
  const stack = starting.move()
  const dispose = () => stack.disposeAsync()
  return {
    hostId,
    url,
    ...(internalUrl !== undefined && { internalUrl }),
    ...(side !== undefined && { sidePort: side.port }),
    [Symbol.asyncDispose]: dispose,
  }
}

interface World {
  clock: Clock
  events: Events
}

/** The root is ours, its devices are open, and trackers and other nodes can be asked. */
async function openBase(
  starting: AsyncDisposableStack,
  { root, trackerUrls }: AgentOptions,
  { clock, events }: World,
) {
  starting.use(await lockRoot(root))
  const enrollment = await readEnrollment(root)
  if (enrollment === undefined)
    throw new Error(`${root} is not enrolled yet: run \`mog-agent init\` first`)

  const { clusterId, hostId, credential } = enrollment
  const keys = keyRing(enrollment.keys)
  const trackerTime = new TrackerTime(clock)
  const tracker = starting.use(trackers(trackerUrls, credential))
  const source = starting.use(nodes())
  const deviceDeps = { root, clusterId, poolThreads: poolThreads(), clock, events }
  const devices = starting.use(new Devices(deviceDeps))
  await devices.discover()
  return { hostId, enrollment, keys, trackerTime, tracker, nodes: source, devices }
}

interface Ours extends World, Awaited<ReturnType<typeof openBase>> {
  root: string
  url: string
  jobs: JobMeter
}

/** All that is done without being asked. Disposed, it tells the trackers what became of it. */
function startLoops({ jobs: meter, nodes: source, ...ours }: Ours) {
  const { devices, tracker, clock, events } = ours
  const stopping = new AbortController()
  const { signal } = stopping
  const bell = new Bell()
  const jobDeps = { devices, nodes: source, clock, events, signal }
  const work = new Work({ ...jobDeps, meter }, () => bell.ring())
  const sweep = new Sweep({ devices, tracker, clock, events, signal })
  const looks = new Looks({ devices, work, tracker, clock, events, signal })
  const catalogue = new Catalogue({ devices, tracker, clock, events, signal })
  const syncDeps = { ...ours, work, sweep, looks, catalogue, bell, meter }
  const looping = syncLoop(syncDeps, signal)
  const trackerNowMs = () => ours.trackerTime.nowMs()
  const expiring = expiryLoop({ devices, clock, events, trackerNowMs }, signal)
  return {
    work,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await Promise.all([
        looping,
        expiring,
        sweep.finished(),
        looks.finished(),
        catalogue.finished(),
      ])
      await sayGoodbye(syncDeps)
    },
  }
}
