// What a request may use of the world, and nothing else: the seams of the tracker.
import type { Clock } from '#shared/clock.ts'
import type { Origins } from '#shared/cors.ts'
import type { Events } from '#shared/events.ts'
import { type CallerCache, callerCache } from './auth/caller.ts'
import { type DeleteBrake, deleteBrake } from './auth/delete-brake.ts'
import { type HostKeys, hostKeys, type PrepareMac, type TrackerSecrets } from './auth/host-keys.ts'
import { type Rates, rates } from './auth/rates.ts'
import { type ClusterViewCache, clusterViewCache } from './cluster-view.ts'
import type { Db } from './db/db.ts'
import { fidsAhead, noneAhead } from './fids-ahead.ts'
import { alone, type Gather } from './gather.ts'
import type { Meter } from './metrics/meter.ts'
import { type NodeProbe, nodeProbe } from './node-probe.ts'
import { type FindCopies, findCopies } from './reads.ts'
import { type SweepPace, sweepPace } from './sweep-pace.ts'
import { type Uploads, uploads } from './uploads.ts'

export interface World extends TrackerSecrets {
  db: Db
  /** A read replica, whose rows lag behind; asked only where a reader allows it. */
  readDb?: Db | undefined
  /** Whether this tracker reaches nodes by their internal addresses. */
  isInside?: boolean | undefined
  /** Whose pages may ask from their browsers; unless told, nobody's. */
  origins?: Origins | undefined
  clock: Clock
  events: Events
  fetch: typeof globalThis.fetch
  random: () => number
  /** How requests that come at the same time share a statement; unless told, they do not. */
  gather?: Gather
  /** Whether fids are taken before they are needed; a Worker is not there long enough. */
  takesFidsAhead?: boolean
  prepareMac?: PrepareMac
  /** Counts requests; where there is none, they are not counted. */
  meter?: Meter
}

export interface Deps extends World {
  keys: HostKeys
  /** Caches: values only, for a Worker cannot await a promise of another request. */
  view: ClusterViewCache
  callers: CallerCache
  nodes: NodeProbe
  sweepPace: SweepPace
  findCopies: FindCopies
  /** In the read replica. */
  findStaleCopies: FindCopies | undefined
  uploads: Uploads
  deletions: DeleteBrake
  rates: Rates
}

export const makeDeps = (world: World): Deps => {
  const keys = hostKeys(world, world.prepareMac)
  const { db, readDb, gather = alone } = world
  return {
    ...world,
    keys,
    view: clusterViewCache(world),
    callers: callerCache(world),
    nodes: nodeProbe(world),
    sweepPace: sweepPace(world.clock),
    findCopies: findCopies(db, gather),
    findStaleCopies: readDb && findCopies(readDb, gather),
    uploads: uploads(db, gather, world.takesFidsAhead === true ? fidsAhead(world) : noneAhead),
    deletions: deleteBrake(world),
    rates: rates(world),
  }
}
