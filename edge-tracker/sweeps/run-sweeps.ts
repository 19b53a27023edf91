// The sweeps: work that is derived from state, in windows. Each name has a row in the database, and
// the tracker that moves it on takes the turn, so that any number of trackers may call this.
import { errorFacts } from '#shared/events.ts'
import {
  DRAIN_LAP_MS,
  MAX_JOBS_PER_DEVICE,
  MAX_MOVES,
  MAX_REPLICATE_FAILURES,
  MAX_SHORTFALL_BACKLOG,
  REAP_LAP_MS,
  SWEEP_WINDOW,
  SWEEP_WINDOWS_PER_PASS,
} from '#shared/limits.ts'
import { scrubPace } from '#shared/settings.ts'
import { pruneChanges } from '../db/changes.ts'
import { plannedAnew } from '../db/db.ts'
import { turnFsck } from '../db/fsck.ts'
import { drainDevice } from '../db/moves.ts'
import { foldPlacements } from '../db/placements.ts'
import { reapDevice, rehomeJobs } from '../db/shortfalls.ts'
import { claimDueSweeps, markFids } from '../db/sweeps.ts'
import { eraseTombstones } from '../db/tombstones.ts'
import { expireUploads } from '../db/uploads.ts'
import type { Deps } from '../deps.ts'
import { checkPoliciesSweep } from './check-policies.ts'
import { declareDeadSweep } from './declare-dead.ts'
import { planCopiesSweep } from './plan-copies.ts'
import { planMovesSweep } from './plan-moves.ts'
import { pushChanges } from './push-changes.ts'
import { rebalanceSweep } from './rebalance.ts'
import { reviewFilesSweep } from './review-files.ts'
import { wakeShortfallsSweep } from './wake-shortfalls.ts'

/** One window; how many rows it moved. Fewer than SWEEP_WINDOW means that it is done for now. */
type Sweep = (deps: Deps) => Promise<number>

/** In this order: what others find short is planned in the same pass, before agents act on it. */
const sweeps: ReadonlyMap<string, Sweep> = new Map<string, Sweep>([
  // an upload that was not closed in time leaves nothing behind
  ['expire-uploads', async ({ db }) => (await db.all(expireUploads(SWEEP_WINDOW))).length],

  // what no key points at is erased from every disk
  [
    'erase-tombstones',
    async ({ db }) =>
      (await db.all(eraseTombstones(SWEEP_WINDOW, MAX_JOBS_PER_DEVICE)))[0]?.erased ?? 0,
  ],

  // a host that stays silent is given up, where the operator wants it so
  ['declare-dead', declareDeadSweep],

  // the files of a dead device are short, and found without a command
  [
    'reap-devices',
    async ({ db }) => {
      const limits = { limit: SWEEP_WINDOW, maxBacklog: MAX_SHORTFALL_BACKLOG, lapMs: REAP_LAP_MS }
      return (await db.all(reapDevice(limits)))[0]?.reaped ?? 0
    },
  ],

  // no copy waits for ever for a host that does not come
  [
    'rehome-jobs',
    async ({ db, view }) => {
      const { rehomeAfterMs } = (await view.get()).settings
      const ask = { silentMs: rehomeAfterMs, failures: MAX_REPLICATE_FAILURES, limit: SWEEP_WINDOW }
      return (await db.all(rehomeJobs(ask)))[0]?.rehomed ?? 0
    },
  ],

  // a change of a class or of the cluster reaches the files that are there
  ['review-files', reviewFilesSweep],

  // a new place is taken at once by files that wait for one
  ['wake-shortfalls', wakeShortfallsSweep],

  // a file that does not lie as its class asks is found by the run that looks for it
  ['check-policies', checkPoliciesSweep],

  ['plan-copies', planCopiesSweep],

  // a drained device is emptied
  [
    'drain-devices',
    async ({ db }) => {
      const ask = { limit: SWEEP_WINDOW, maxMoves: MAX_MOVES, lapMs: DRAIN_LAP_MS }
      return (await db.all(drainDevice(ask)))[0]?.drained ?? 0
    },
  ],
  ['rebalance', rebalanceSweep],

  // after healing: a copy leaves only when the others are enough
  ['plan-moves', planMovesSweep],

  // the ledger is added up
  [
    'fold-placements',
    async ({ db }) => (await db.all(foldPlacements(SWEEP_WINDOW)))[0]?.folded ?? 0,
  ],

  // whoever asked to be told of changes is told
  ['push-changes', pushChanges],

  // the feed keeps what is young
  [
    'prune-changes',
    async ({ db, view }) => {
      const { changeKeepMs } = (await view.get()).settings
      return (await db.all(pruneChanges(changeKeepMs, SWEEP_WINDOW)))[0]?.pruned ?? 0
    },
  ],

  // what was looked at is done, what was searched in vain is gone, and a scrub's next lap begins
  [
    'turn-fsck',
    async ({ db, view }) => {
      const { settings } = await view.get()
      await db.all(turnFsck(scrubPace(settings) && settings.scrubEveryMs))
      return 0
    },
  ],

  // agents learn how far they may compare their disks with the database
  [
    'mark-fids',
    async ({ db, view }) => {
      await db.all(markFids((await view.get()).settings.uploadMs))
      return 0
    },
  ],
])

/** Runs what is due. A sweep that fails is logged and gets its next turn; the others go on. */
export async function runSweeps(deps: Deps): Promise<void> {
  const { settings } = await deps.view.get()
  const sweeping = { ...deps, db: plannedAnew(deps.db) }
  const claimed = await deps.db.all(claimDueSweeps(settings.sweepMs))
  const due = new Set(claimed.map(({ name }) => name))
  for (const [name, sweep] of sweeps) {
    if (!due.has(name)) continue
    try {
      await runWindows(sweep, sweeping)
    } catch (error) {
      deps.events.emit('error', 'sweep.failed', { sweep: name, ...errorFacts(error) })
    }
  }
}

async function runWindows(sweep: Sweep, deps: Deps): Promise<void> {
  for (let window = 0; window < SWEEP_WINDOWS_PER_PASS; window++)
    if ((await sweep(deps)) < SWEEP_WINDOW) return
}
