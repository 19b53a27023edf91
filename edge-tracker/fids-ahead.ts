// Fids that a busy tracker takes before it needs them. Their reservation has waited for the
// database's disk, so the opens that use them need not (decisions/0009): whatever a crash makes the
// database forget, no fid is given twice. A crash here leaves a gap in the numbers.
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import type { Fid } from '#shared/ids.ts'
import { FIDS_AHEAD_MS, MAX_FIDS_AHEAD } from '#shared/limits.ts'
import type { Db } from './db/db.ts'
import { takeFids } from './db/fids.ts'

/** So many, or none: then the statement that opens takes its own, and waits for the disk. */
export type TakeAhead = (count: number) => readonly Fid[] | undefined

export const noneAhead: TakeAhead = () => undefined

/** Who opens fewer uploads in the time that they are good for takes none. */
const WORTH_TAKING = 16

interface Block {
  fids: Fid[]
  takenAtMs: number
}

interface Ahead {
  db: Db
  clock: Clock
  events: Events
}

export function fidsAhead({ db, clock, events }: Ahead): TakeAhead {
  let blocks: Block[] = []
  let isTaking = false
  const demand = { lately: 0, now: 0, sinceMs: clock.nowMs() }

  async function take(count: number): Promise<void> {
    isTaking = true
    const takenAtMs = clock.nowMs()
    try {
      const rows = await db.all(takeFids(count))
      blocks.push({ fids: rows.map(({ fid }) => fid), takenAtMs })
    } catch (error) {
      events.emit('warn', 'fids.not_taken', errorFacts(error))
    }
    isTaking = false
  }

  return (count) => {
    const nowMs = clock.nowMs()
    note(demand, count, nowMs)
    blocks = blocks.filter(({ fids, takenAtMs }) => {
      const ageMs = nowMs - takenAtMs
      return fids.length >= count && ageMs >= 0 && ageMs < FIDS_AHEAD_MS
    })
    const given = blocks[0]?.fids.splice(0, count)
    const left = blocks.reduce((sum, { fids }) => sum + fids.length, 0)
    const wanted = Math.min(MAX_FIDS_AHEAD, Math.max(demand.lately, demand.now))
    if (!isTaking && wanted >= WORTH_TAKING && left < wanted / 2) void take(wanted)
    return given
  }
}

/** How many were opened in this life of a block and in the one before. */
function note(
  demand: { lately: number; now: number; sinceMs: number },
  count: number,
  nowMs: number,
) {
  const elapsedMs = nowMs - demand.sinceMs
  if (elapsedMs < 0 || elapsedMs >= FIDS_AHEAD_MS) {
    demand.lately = elapsedMs < 2 * FIDS_AHEAD_MS ? demand.now : 0
    demand.now = 0
    demand.sinceMs = nowMs
  }
  demand.now += count
}
