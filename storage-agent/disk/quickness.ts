// Whether a device answers at once, so that its reads may be done one after another by the thread
// that reads for all (quick-reads/): twice as fast where the page cache or an NVMe answers, a wait
// for everybody where a cold or busy disk does. Decided by what it took lately, not by one slow
// answer: our own process may have been the one that paused.
import { performance } from 'node:perf_hooks'
import { PROBE_EVERY_MS, QUICK_MS, STALL_MS } from '../limits.ts'

/** Three slow answers within twenty, and others are not to wait for it any more. */
const TOO_SLOW = 3
const FORGIVEN_BY_A_QUICK_ONE = 0.05

export class Quickness {
  #slowness = 0
  #isQuick = true
  #slowSinceMs = Number.NEGATIVE_INFINITY
  #probedAtMs = Number.NEGATIVE_INFINITY
  /** When the patient operations began that are not over yet, the oldest first. */
  readonly #pending = new Set<{ sinceMs: number }>()
  #lastTookMs = 0

  /**
   * Also true once a second where it was slow: to find out whether it still is. Never while a
   * patient operation takes long, or just did: the disk may hang.
   */
  isWorthTrying(nowMs: number): boolean {
    const [oldest] = this.#pending
    if (oldest !== undefined && nowMs - oldest.sinceMs > STALL_MS) return false
    if (this.#isQuick) return true
    if (this.#lastTookMs > STALL_MS || nowMs - this.#probedAtMs < PROBE_EVERY_MS) return false
    this.#probedAtMs = nowMs
    return true
  }

  /** What a quick read took in the end. */
  took(ms: number): void {
    if (ms > QUICK_MS) this.#slowness += ms > STALL_MS ? TOO_SLOW : 1
    else this.#slowness -= this.#isQuick ? FORGIVEN_BY_A_QUICK_ONE : 1
    this.#slowness = Math.min(Math.max(this.#slowness, 0), TOO_SLOW)
    if (this.#slowness >= TOO_SLOW) this.#beSlow()
    else if (this.#slowness < 1) this.#isQuick = true
  }

  /** It was quick then, or was to be probed; now it is known to be slow. */
  hasSlowedSince(thenMs: number): boolean {
    return this.#slowSinceMs > thenMs
  }

  /** Does it patiently, and knows while it is not over. */
  async follow<Result>(work: () => Promise<Result>, sinceMs = performance.now()): Promise<Result> {
    const pending = { sinceMs }
    this.#pending.add(pending)
    try {
      return await work()
    } finally {
      this.#pending.delete(pending)
      this.#lastTookMs = performance.now() - pending.sinceMs
    }
  }

  #beSlow(): void {
    this.#isQuick = false
    this.#slowSinceMs = performance.now()
  }
}
