// A device's bulkhead: so many operations in flight and no more, first come first served. What
// waits too long is refused, so that a hung device costs its own callers time and nobody else's.
import { Problem } from '#shared/problems.ts'
import { MAX_LANE_WAITING } from '../limits.ts'

export class Lane {
  #limit: number
  readonly #waitMs: number | undefined
  readonly #waiting: (() => void)[] = []
  #running = 0

  /** Without `waitMs` nothing is refused. */
  constructor(limit: number, waitMs?: number) {
    this.#limit = limit
    this.#waitMs = waitMs
  }

  get limit(): number {
    return this.#limit
  }

  /** What waits for a place that there is now, begins at once. */
  set limit(limit: number) {
    this.#limit = limit
    while (this.#running < limit) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#running++
      next()
    }
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** What comes now would wait too long for its turn: better refused before it has begun. */
  get isCrowded(): boolean {
    return this.#waiting.length >= MAX_LANE_WAITING
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#limit) this.#running++
    else await this.#turn()
    try {
      return await work()
    } finally {
      this.#handOver()
    }
  }

  /** Resolves when a slot was handed over to us. */
  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1)
        reject(new Problem('busy', { waitedMs: this.#waitMs }))
      }
      const timer = this.#waitMs === undefined ? undefined : setTimeout(giveUp, this.#waitMs)
      const start = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#waiting.push(start)
    })
  }

  #handOver(): void {
    const next = this.#running <= this.#limit ? this.#waiting.shift() : undefined
    if (next === undefined) this.#running--
    else next()
  }
}
