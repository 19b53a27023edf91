// So many requests a second and no more, for whoever asks: refused with 429 before anything is
// looked up. Each tracker counts for itself and for a few seconds; what it forgets is a burst (I8).
import type { Clock } from '#shared/clock.ts'
import { MAX_CACHED_CALLERS } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'

/** What was not used is saved up for so long: a page with its pictures is no flood. */
export const RATE_BURST_S = 2

export interface Rates {
  /** Counts requests of one name, or refuses them. Without a rate nothing is counted. */
  spend(name: string, ratePerS: number | null, many?: number): void
}

interface Bucket {
  /** Below zero: more was taken at once than was there, and has to be earned first. */
  left: number
  atMs: number
}

export function rates({ clock }: { clock: Clock }): Rates {
  /** The one that was used last stands last. */
  const buckets = new Map<string, Bucket>()

  return {
    spend(name, ratePerS, many = 1) {
      if (ratePerS === null) return
      const nowMs = clock.nowMs()
      const full = ratePerS * RATE_BURST_S
      const { left, atMs } = buckets.get(name) ?? { left: full, atMs: nowMs }
      const now = Math.min(full, left + (Math.max(0, nowMs - atMs) / 1_000) * ratePerS)
      if (now < 1) throw tooMany(ratePerS, (1 - now) / ratePerS)

      buckets.delete(name)
      const [oldest] = buckets.size < MAX_CACHED_CALLERS ? [] : buckets.keys()
      if (oldest !== undefined) buckets.delete(oldest)
      buckets.set(name, { left: now - many, atMs: nowMs })
    },
  }
}

const tooMany = (ratePerS: number, waitS: number) =>
  new Problem('too_many_requests', { ratePerS, retryAfterS: Math.ceil(waitS) })
