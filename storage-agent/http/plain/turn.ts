// The answers of one turn of the event loop are written together at its end: a client that is
// faster than we are sleeps between answers, and waking it costs more than writing. Woken once, it
// finds them all. GETs of 4 KiB: 34,000 a second, against 23,500 (2026-11, 16 connections).
import { MAX_HELD_ANSWERS } from '../../limits.ts'

export class Turn {
  #held = 0
  #end: Promise<void> | undefined

  /** Resolves when what else came in this turn has been answered; at once where much is held. */
  async ended(): Promise<void> {
    if (this.#held >= MAX_HELD_ANSWERS) return
    this.#held++
    this.#end ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#held = 0
        this.#end = undefined
        resolve()
      })
    })
    await this.#end
  }
}
