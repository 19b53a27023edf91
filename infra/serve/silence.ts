// Notices that nothing at all was heard for too long, while something is waited for: a part that is
// gone without a word leaves its callers waiting for ever otherwise.
export class Silence {
  readonly #ms: number
  readonly #onSilence: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number, onSilence: () => void) {
    this.#ms = ms
    this.#onSilence = onSilence
  }

  /** Something is waited for from here on, if it was not before. */
  begin(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#onSilence()
    }, this.#ms)
  }

  /** A sign of life. `isWaiting`: there is more to wait for. */
  hear(isWaiting: boolean): void {
    if (isWaiting) this.#timer?.refresh()
    else {
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }
}
