// A key that deletes too much too fast is stopped. A tracker takes deletions from the key's budget
// in the database, more at a time the more it needs: most deletions cost no statement besides.
// What it holds when it dies counts as used: the brake comes too early, never too late.
import type { Clock } from '#shared/clock.ts'
import { MAX_CACHED_CALLERS } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { type Db, first } from '../db/db.ts'
import { type BrakeSettings, takeDeletions } from '../db/deletion-budgets.ts'

/** A brake that was released is noticed within this time. */
export const BRAKED_FOR_MS = 3_000
/** Of the whole budget: what a tracker takes at once at most. */
const LARGEST_SHARE = 0.01

export interface DeleteBrake {
  /** Counts deletions that are about to happen, or refuses them. */
  spend(apiKeyId: number, many: number, settings: BrakeSettings): Promise<void>
  /** Some did not happen. */
  giveBack(apiKeyId: number, many: number): void
}

interface Purse {
  left: number
  /** Taken in this span, by this tracker. */
  taken: number
  untilMs: number
  /** Refused until then, without asking again. */
  braked?: { untilMs: number; endsAtMs: number }
}

export function deleteBrake({ db, clock }: { db: Db; clock: Clock }): DeleteBrake {
  const purses = new Map<number, Purse>()

  const purseOf = (apiKeyId: number): Purse => {
    const known = purses.get(apiKeyId)
    if (known !== undefined && known.untilMs > clock.nowMs()) return known
    if (purses.size >= MAX_CACHED_CALLERS) purses.clear()
    const fresh: Purse = { left: 0, taken: 0, untilMs: Number.POSITIVE_INFINITY }
    purses.set(apiKeyId, fresh)
    return fresh
  }

  const take = async (apiKeyId: number, purse: Purse, many: number, settings: BrakeSettings) => {
    const row = await first(db, takeDeletions(apiKeyId, many, settings))
    const endsAtMs = clock.nowMs() + (row?.endsInMs ?? 0)
    if (row?.granted === true) {
      purse.left += many
      purse.taken += many
      purse.untilMs = endsAtMs
    }
    return { granted: row?.granted === true, endsAtMs }
  }

  return {
    async spend(apiKeyId, many, settings) {
      const { deleteBrakeFiles } = settings
      if (deleteBrakeFiles === 0) return
      const purse = purseOf(apiKeyId)
      if (purse.left < many) {
        if ((purse.braked?.untilMs ?? 0) > clock.nowMs())
          throw braked(purse.braked?.endsAtMs ?? 0, clock)

        const missing = many - purse.left
        const share = Math.min(purse.taken, Math.floor(deleteBrakeFiles * LARGEST_SHARE))
        let got = await take(apiKeyId, purse, Math.max(missing, share), settings)
        if (!got.granted && share > missing) got = await take(apiKeyId, purse, missing, settings)
        if (!got.granted) {
          const { endsAtMs } = got
          purse.braked = { untilMs: clock.nowMs() + BRAKED_FOR_MS, endsAtMs }
          throw braked(endsAtMs, clock)
        }
      }
      purse.left -= many
    },
    giveBack(apiKeyId, many) {
      const purse = purses.get(apiKeyId)
      if (purse !== undefined) purse.left += many
    },
  }
}

const braked = (endsAtMs: number, clock: Clock) =>
  new Problem('deletions_braked', {
    retryAfterS: Math.max(1, Math.ceil((endsAtMs - clock.nowMs()) / 1000)),
  })
