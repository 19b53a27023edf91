// Whether a device may be used synchronously: twice as fast where the page cache or an NVMe
// answers, a stop for everybody where a cold or busy disk does. Decided by what it took lately, not
// by one slow answer: our own thread may have been the one that paused.
import { performance } from 'node:perf_hooks'
import { PROBE_EVERY_MS, QUICK_MS, STALL_MS } from '../limits.ts'

/** Three slow answers within twenty end the synchronous time. */
const TOO_SLOW = 3
const FORGIVEN_BY_A_QUICK_ONE = 0.05

export class Quickness {
  #slowness = 0
  #isQuick = true
  #probedAtMs = Number.NEGATIVE_INFINITY

  /** Also true once a second where it was slow: to find out whether it still is. */
  mayBlock(nowMs: number): boolean {
    if (this.#isQuick) return true
    if (nowMs - this.#probedAtMs < PROBE_EVERY_MS) return false
    this.#probedAtMs = nowMs
    return true
  }

  /** Does it synchronously, and remembers how long that took. */
  measure<Result>(startedMs: number, work: () => Result): Result {
    try {
      return work()
    } finally {
      this.#took(performance.now() - startedMs)
    }
  }

  #took(ms: number): void {
    if (ms > QUICK_MS) this.#slowness += ms > STALL_MS ? TOO_SLOW : 1
    else this.#slowness -= this.#isQuick ? FORGIVEN_BY_A_QUICK_ONE : 1
    this.#slowness = Math.min(Math.max(this.#slowness, 0), TOO_SLOW)
    if (this.#slowness >= TOO_SLOW) this.#isQuick = false
    else if (this.#slowness < 1) this.#isQuick = true
  }
}
