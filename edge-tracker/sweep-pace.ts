// Lets requests drive the sweeps between two ticks of cron: at most one try in `sweepMs` a tracker.
import type { Clock } from '#shared/clock.ts'

export interface SweepPace {
  /** True for the caller that may try now. */
  isDue(everyMs: number): boolean
}

export function sweepPace(clock: Clock): SweepPace {
  let triedAtMs = Number.NEGATIVE_INFINITY
  return {
    isDue(everyMs) {
      const now = clock.nowMs()
      if (now - triedAtMs < everyMs) return false
      triedAtMs = now
      return true
    },
  }
}
