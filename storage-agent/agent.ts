// One agent, put together: what it starts, in which order, and the order in which it stops. Used by
// main.ts, and by tests in their own process.
import type { Server } from 'node:net'
import { type Clock, systemClock } from '#shared/clock.ts'
import { type Events, jsonEvents } from '#shared/events.ts'
import type { HostId } from '#shared/ids.ts'
import { countedEvents } from '#shared/metrics/counted-events.ts'
import { type Base, openBase } from './base.ts'
import { lockRoot } from './disk/lock.ts'
import type { DoorOptions } from './http/doors.ts'
import type { HttpDeps } from './http/exchange.ts'
import { agentLoad } from './http/load.ts'
import { Ownership } from './http/ownership.ts'
import { HAND_OVER_MS } from './limits.ts'
import { type Loops, startLoops } from './loops/start-loops.ts'
import { agentMetrics } from './metrics/agent-metrics.ts'
import { JobMeter } from './metrics/job-meter.ts'
import { processMeter } from './metrics/process-families.ts'
import { RequestMeter } from './metrics/request-meter.ts'
import { openSharedDoors, type SharedDoors } from './processes/shared-doors.ts'
import type { Inheritance, SocketOf } from './rolling/messages.ts'
import type { Predecessor } from './rolling/predecessor.ts'
import { takeSockets } from './rolling/take-sockets.ts'
import { openShare, type ShareOptions } from './scratch/share.ts'
import { openSideChannel, type SideChannel } from './side-channel/side-channel.ts'

export interface AgentOptions
  extends Omit<DoorOptions, 'inherited'>,
    Pick<HttpDeps, 'origins' | 'accelPrefix'> {
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
  /** An agent that runs, from which this one takes over; see rolling/. */
  predecessor?: Predecessor | undefined
}

/** Resolves when it is on its way. */
type SendSocket = (of: SocketOf, socket: Server) => Promise<void>

export interface Agent extends AsyncDisposable {
  hostId: HostId
  url: string
  /** Where the second address is asked for. */
  internalUrl?: string
  /** Of the side channel. */
  sidePort?: number
  /** For a successor, in this order: what it is to know, the sockets, and all that we own. */
  inheritance: () => Inheritance
  shareSockets: (send: SendSocket) => Promise<void>
  /** Resolves when nothing is written by us any more: stores under way have HAND_OVER_MS. */
  release: () => Promise<void>
  /** Takes no more connections, and resolves when the last one has ended. */
  leave: () => Promise<void>
}

/** Resolves when it listens. Disposed, it finishes what is under way, up to STOP_MS. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { root, clock = systemClock, predecessor, sideListen } = options
  const events = countedEvents(options.events ?? jsonEvents('agent'))
  await using starting = new AsyncDisposableStack()
  const locked = starting.use(new AsyncDisposableStack())
  if (predecessor === undefined) locked.use(await lockRoot(root))
  const base = await openBase(starting, { ...options, clock, events })
  const { hostId, devices } = base
  const inherited = predecessor && (await takeSockets(predecessor, options, base, clock))
  const ownership = new Ownership(predecessor && 'predecessor')

  const [requests, jobs] = [new RequestMeter(), new JobMeter()]
  const process = starting.use(processMeter())
  const observed = { hostId, devices, clock, events, requests, jobs, process }
  const text = () => agentMetrics({ ...observed, jobsHeld: () => loops.work.held })
  const metrics = { text, token: options.metricsToken }
  const httpDeps = httpDepsOf(options, base, { ownership, events, meter: requests, metrics })
  // what one process alone may have
  const owned = starting.use(new AsyncDisposableStack())
  const own = async () => {
    owned.use(devices)
    await devices.discover()
    httpDeps.scratch = options.scratch && owned.use(await openShare(options.scratch, clock))
  }
  if (predecessor === undefined) await own()
  await using opening = new AsyncDisposableStack()
  const sharing = { ...options, inherited: inherited?.sockets }
  const doors = opening.use(await openSharedDoors(sharing, httpDeps, clock))
  const { url, internalUrl } = doors
  if (predecessor !== undefined) {
    await predecessor.release()
    locked.use(await predecessor.lock(clock, () => lockRoot(root)))
    await own()
  }
  const side = sideListen && owned.use(await openSideChannel(sideListen, observed, inherited?.side))
  owned.defer(() => (ownership.isGiven ? ownership.ended(HAND_OVER_MS) : undefined))
  const loops: Loops = owned.use(startLoops({ ...base, root, url, jobs, clock, events }))
  ownership.take()
  predecessor?.owning()
  starting.use(opening.move()) // last in, first to stop: what is under way still finds all it needs
  const stack = starting.move()
  return {
    hostId,
    url,
    ...(internalUrl !== undefined && { internalUrl }),
    ...(side !== undefined && { sidePort: side.port }),
    inheritance: () => inheritanceOf(options, base, clock),
    shareSockets: (send) => shareSockets(doors, side, send),
    async release() {
      ownership.give()
      await owned.disposeAsync()
      await locked.disposeAsync()
    },
    leave: () => doors.leave(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

type Own = Pick<HttpDeps, 'ownership' | 'events' | 'meter' | 'metrics'>

/** Without the scratch share, which is opened when it may be. */
function httpDepsOf(
  { root, origins, accelPrefix }: AgentOptions,
  { hostId, devices, keys, tracker, trackerTime, enrollment: { credential } }: Base,
  own: Own,
): HttpDeps {
  const trackerNowMs = () => trackerTime.nowMs()
  const known = { hostId, root, devices, keys, tracker, trackerNowMs, credential }
  return { ...known, ...own, origins, accelPrefix, scratch: undefined, load: agentLoad() }
}

function inheritanceOf(
  { root, listen, internalListen, sideListen }: AgentOptions,
  { devices, trackerTime }: Base,
  clock: Clock,
): Inheritance {
  return {
    root,
    addresses: { listen, internalListen, sideListen },
    devices: devices.all().map(({ deviceId, state, gauge }) => ({ deviceId, state, gauge })),
    offsetMs: trackerTime.nowMs() - clock.nowMs(),
  }
}

async function shareSockets(
  doors: SharedDoors,
  side: SideChannel | undefined,
  send: SendSocket,
): Promise<void> {
  const { listen, internalListen, letGo } = await doors.gather()
  for (const socket of listen) await send('listen', socket)
  for (const socket of internalListen) await send('internalListen', socket)
  if (side !== undefined) await send('sideListen', side.socket)
  letGo()
}
