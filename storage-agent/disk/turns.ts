// One at a time for each key, in order of arrival: what is done to one fid never overlaps.
export class Turns<Key> {
  readonly #last = new Map<Key, Promise<unknown>>()

  async run<Result>(key: Key, work: () => Promise<Result>): Promise<Result> {
    const turn = this.#after(this.#last.get(key), work)
    this.#last.set(key, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
  }

  async #after<Result>(
    previous: Promise<unknown> | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (previous !== undefined) await Promise.allSettled([previous])
    return work()
  }
}
