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
  /** When the asynchronous operations began that are not over yet, the oldest first. */
  readonly #pending = new Set<{ sinceMs: number }>()
  #lastTookMs = 0

  /**
   * Also true once a second where it was slow: to find out whether it still is. Never while an
   * asynchronous operation takes long, or just did: a disk that hangs would stop us for ever.
   */
  mayBlock(nowMs: number): boolean {
    const [oldest] = this.#pending
    if (oldest !== undefined && nowMs - oldest.sinceMs > STALL_MS) return false
    if (this.#isQuick) return true
    if (this.#lastTookMs > STALL_MS || nowMs - this.#probedAtMs < PROBE_EVERY_MS) return false
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

  /** Does it asynchronously, and knows while it is not over. */
  async follow<Result>(work: () => Promise<Result>): Promise<Result> {
    const pending = { sinceMs: performance.now() }
    this.#pending.add(pending)
    try {
      return await work()
    } finally {
      this.#pending.delete(pending)
      this.#lastTookMs = performance.now() - pending.sinceMs
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
