// What an agent has before it owns anything: who it is, by which keys it checks tickets, whom it
// can ask, and devices that are not opened yet.
import type { Clock } from '#shared/clock.ts'
import type { Events } from '#shared/events.ts'
import type { HostId } from '#shared/ids.ts'
import { Devices } from './disk/devices.ts'
import { QuickReads } from './disk/quick-reads/quick-reads.ts'
import { type Enrollment, readEnrollment } from './enrollment.ts'
import { type KeyRing, keyRing } from './keys.ts'
import { type Nodes, nodes } from './nodes.ts'
import { poolThreads } from './pool-threads.ts'
import { type Tracker, trackers } from './tracker.ts'
import { TrackerTime } from './tracker-time.ts'

export interface Base {
  hostId: HostId
  enrollment: Enrollment
  keys: KeyRing
  trackerTime: TrackerTime
  tracker: Tracker
  nodes: Nodes
  devices: Devices
}

interface BaseOptions {
  root: string
  trackerUrls: readonly string[]
  clock: Clock
  events: Events
}

/** The devices are the caller's to dispose. */
export async function openBase(
  starting: AsyncDisposableStack,
  { root, trackerUrls, clock, events }: BaseOptions,
): Promise<Base> {
  const enrollment = await readEnrollment(root)
  if (enrollment === undefined)
    throw new Error(`${root} is not enrolled yet: run \`mog-agent init\` first`)

  const { clusterId, hostId, credential } = enrollment
  const quickReads = starting.use(new QuickReads())
  return {
    hostId,
    enrollment,
    keys: keyRing(enrollment.keys),
    trackerTime: new TrackerTime(clock),
    tracker: starting.use(trackers(trackerUrls, credential)),
    nodes: starting.use(nodes()),
    devices: new Devices({
      root,
      clusterId,
      poolThreads: poolThreads(),
      quickReads,
      clock,
      events,
    }),
  }
}
