// Promise: a copy that is to leave its device goes once the file is content without it, or as well
// off as before, and never sooner. What nothing can better is refused, with the reason.
import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'
import { MAX_MOVING_COPIES, SWEEP_WINDOW } from '#shared/limits.ts'
import type { Drop } from '../db/drops.ts'
import {
  type Move,
  type OrderedMove,
  orderMoves,
  type Place,
  type RefusedMove,
  settleMoves,
  takeMoves,
} from '../db/moves.ts'
import { readRebalance } from '../db/rebalance.ts'
import { bytesComing } from '../db/shortfalls.ts'
import type { Deps } from '../deps.ts'
import { type MovePlan, planMove } from '../placement/plan-move.ts'
import { destinationsOf, someOf, withHosts } from '../placement/rebalance-plan.ts'
import { storedRebalancePolicy } from '../placement/rebalance-policy.ts'
import { storedPolicy } from '../placement/replication-policy/parse-policy.ts'
import { roomOf } from '../placement/reserve.ts'

/** How many moves were looked at. */
export async function planMovesSweep({ db, view, random }: Deps): Promise<number> {
  const moves = await db.all(takeMoves(SWEEP_WINDOW, MAX_MOVING_COPIES))
  if (moves.length === 0) return 0

  const { devices, settings } = await view.get()
  const room = roomOf(devices, await db.all(bytesComing()))
  const allowed = await rebalanceAllows({ db, random }, devices)
  const outcome: Outcome = { ordered: [], dropped: [], refused: [], pointless: [], again: [] }
  /** Two copies of one file leave one after the other: each counts on what the other left. */
  const seen = new Set<number>()
  for (const move of moves) {
    if (seen.has(move.fid)) {
      outcome.again.push(move)
      continue
    }
    seen.add(move.fid)
    const { file, deviceId } = move
    if (file === null || !move.isWanted || !move.on.includes(deviceId)) {
      outcome.pointless.push(move)
      continue
    }
    const plan = planMove({
      ...file,
      ...move,
      coming: [],
      allowed: move.rebalance ? allowed() : undefined,
      policy: storedPolicy(file.policy),
      devices: room.devices,
      settings,
      random,
    })
    if (plan.kind === 'order') room.reserve(plan.to, file.bytes)
    note(move, file.bytes, plan, outcome)
  }
  if (outcome.ordered.length > 0) await db.all(orderMoves(outcome.ordered))
  const { dropped, refused, pointless, again } = outcome
  await db.all(settleMoves(dropped, refused, pointless, again))
  return moves.length
}

/** Draws for each file where the rebalance lets it go. */
async function rebalanceAllows(
  { db, random }: Pick<Deps, 'db' | 'random'>,
  devices: readonly DeviceView[],
): Promise<() => ReadonlySet<DeviceId>> {
  const [rebalance] = await db.all(readRebalance())
  if (typeof rebalance?.policy !== 'string') return () => new Set()
  const policy = storedRebalancePolicy(rebalance.policy)
  const sources = rebalance.sources.map(({ deviceId }) => deviceId)
  const all = destinationsOf(policy, withHosts(devices, rebalance.hosts), sources)
  return () => someOf(policy, all, random)
}

interface Outcome {
  ordered: OrderedMove[]
  dropped: Drop[]
  refused: RefusedMove[]
  pointless: Place[]
  again: Place[]
}

function note({ fid, deviceId, rebalance }: Move, bytes: number, plan: MovePlan, outcome: Outcome) {
  if (plan.kind === 'order') for (const to of plan.to) outcome.ordered.push({ fid, deviceId, to })
  if (plan.kind === 'drop') outcome.dropped.push({ fid, deviceId, keep: plan.keep })
  if (plan.kind === 'refused')
    outcome.refused.push({ fid, deviceId, rebalance, bytes, reason: plan.reason })
}
