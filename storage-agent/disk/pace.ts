// Whether a device may be read synchronously: twice as fast where the page cache or an NVMe
// answers, a stop for everybody where a cold disk does. Decided by what its reads took lately.
import { QUICK_READ_MS } from '../limits.ts'

/** The newest reading counts so much: three cold reads of 8 ms end the synchronous time. */
const SHARE_OF_NEWEST = 0.05

export class ReadPace {
  #averageMs = 0
  #isQuick = true

  get isQuick(): boolean {
    return this.#isQuick
  }

  took(ms: number): void {
    this.#averageMs += (ms - this.#averageMs) * SHARE_OF_NEWEST
    if (this.#averageMs > QUICK_READ_MS) this.#isQuick = false
    else if (this.#averageMs < QUICK_READ_MS / 2) this.#isQuick = true
  }
}
