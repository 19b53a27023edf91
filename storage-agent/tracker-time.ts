// The trackers' time, as the last sync told it: tickets are dated by it, so that a host whose clock
// is wrong neither refuses good ones nor takes old ones.
import type { Clock } from '#shared/clock.ts'

export class TrackerTime {
  readonly #clock: Clock
  #offsetMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#offsetMs
  }

  /** What the tracker's clock said at some time after `sentAtMs` of ours. */
  set(trackerMs: number, sentAtMs: number): void {
    const halfway = (sentAtMs + this.#clock.nowMs()) / 2
    this.#offsetMs = trackerMs - halfway
  }
}
