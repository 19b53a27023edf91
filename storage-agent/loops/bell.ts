// Ends a loop's pause early. A ring while nobody pauses is not lost: it ends the next pause.
import type { Clock } from '#shared/clock.ts'

export class Bell {
  #pause: AbortController | undefined
  #hasRung = false

  ring(): void {
    this.#hasRung = true
    this.#pause?.abort()
  }

  /** Resolves after the time, at the next ring, or when the signal aborts. */
  async pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    if (!this.#hasRung) {
      this.#pause = new AbortController()
      await clock.sleep(ms, AbortSignal.any([signal, this.#pause.signal]))
    }
    this.#hasRung = false
  }
}
