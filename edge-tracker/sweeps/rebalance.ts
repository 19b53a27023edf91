// Promise: a rebalance goes on by itself, source by source, in windows, until its limits are
// reached or nothing is left to move; then it says so.
import { MAX_MOVES, SWEEP_WINDOW } from '#shared/limits.ts'
import { first } from '../db/db.ts'
import { finishRebalance, readRebalance, walkRebalance } from '../db/rebalance.ts'
import type { Deps } from '../deps.ts'
import { storedRebalancePolicy } from '../placement/rebalance-policy.ts'

/** Says that there is more to do while a source was walked. */
export async function rebalanceSweep({ db, view, events }: Deps): Promise<number> {
  const rebalance = await first(db, readRebalance())
  if (rebalance?.state !== 'running' || rebalance.policy === null) return 0

  const { oldestFirst, leaveInDrainMode } = storedRebalancePolicy(rebalance.policy)
  const ask = { limit: SWEEP_WINDOW, maxMoves: MAX_MOVES, oldestFirst, drainDone: leaveInDrainMode }
  const walked = await first(db, walkRebalance(ask))
  if (walked?.drains === true) view.forget()
  if (walked !== undefined) return SWEEP_WINDOW

  const finished = await first(db, finishRebalance())
  if (finished !== undefined)
    events.emit('info', 'rebalance.finished', {
      filesMoved: rebalance.filesMoved,
      bytesMoved: rebalance.bytesMoved,
    })
  return 0
}
