// Bytes of background work on their way from a device or to it, kept at a rate that may change at
// any time. Where there is no limit, to pass costs an addition and a comparison.
import type { Clock } from '#shared/clock.ts'
import { FLOW_BURST_MS, MAX_FLOW_REST_MS, MIN_FLOW_REST_MS } from './limits.ts'

export class Flow {
  readonly #clock: Clock
  /** Infinity: no limit. */
  readonly #bytesPerS: () => number
  /** Bytes that passed and that the rate has not allowed yet. */
  #owed = 0
  #settledAtMs = Number.NEGATIVE_INFINITY
  /** All that ever passed, and how long passers were held up in sum. */
  bytes = 0
  heldMs = 0

  constructor(clock: Clock, bytesPerS: () => number) {
    this.#clock = clock
    this.#bytesPerS = bytesPerS
  }

  /** Resolves when so many bytes may go on; undefined: at once. */
  pass(bytes: number, signal?: AbortSignal): Promise<void> | undefined {
    this.bytes += bytes
    const rate = this.#bytesPerS()
    if (rate === Number.POSITIVE_INFINITY) {
      this.#owed = 0
      return undefined
    }
    this.#settle(rate)
    this.#owed += bytes
    return this.#restMs(rate) > 0 ? this.#hold(signal) : undefined
  }

  /** Who is held looks again at least once a second: the rate may have changed. */
  async #hold(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const rate = this.#bytesPerS()
      this.#settle(rate)
      const restMs = this.#restMs(rate)
      if (restMs <= 0 || signal?.aborted === true) return
      const heldMs = Math.max(Math.min(restMs, MAX_FLOW_REST_MS), MIN_FLOW_REST_MS)
      await this.#clock.sleep(heldMs, signal)
      this.heldMs += heldMs
    }
  }

  #settle(rate: number): void {
    const nowMs = this.#clock.nowMs()
    const sinceMs = Math.max(nowMs - this.#settledAtMs, 0)
    this.#owed = Math.max(this.#owed - (sinceMs * rate) / 1_000, 0)
    this.#settledAtMs = nowMs
  }

  #restMs(rate: number): number {
    return (this.#owed / rate) * 1_000 - FLOW_BURST_MS
  }
}
