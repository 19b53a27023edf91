// Virtual time: what is to happen, in the order of its moments. One thing happens at a time, and
// the next one only when all that the last one set in motion has come to rest.

export interface Appointment {
  cancel(): void
}

interface Entry {
  atMs: number
  nr: number
  work: () => unknown
  isCancelled: boolean
}

/** Any moment will do, as long as it is the same one in every run. */
export const BEGIN_MS = Date.UTC(2030, 0, 1)

const realImmediate = setImmediate

export class Timeline {
  nowMs = BEGIN_MS
  /** Things that happened so far. */
  happened = 0
  readonly #end = new AbortController()
  readonly #entries: Entry[] = []
  #nr = 0

  /** Aborts with the story: its processes never end by themselves, and would keep it. */
  get ended(): AbortSignal {
    return this.#end.signal
  }

  end(): void {
    this.#end.abort()
  }

  /** Work that is asynchronous is waited for: nothing else happens meanwhile. */
  after(ms: number, work: () => unknown): Appointment {
    const entry = { atMs: this.nowMs + Math.max(ms, 0), nr: this.#nr++, work, isCancelled: false }
    this.#push(entry)
    return {
      cancel() {
        entry.isCancelled = true
      },
    }
  }

  /** Lets things happen until the condition holds, or until the moment has come. */
  async runUntil(untilMs: number, isDone: () => boolean = () => false): Promise<boolean> {
    await this.#rest()
    while (!isDone()) {
      const next = this.#entries[0]
      if (next === undefined || next.atMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs)
        return false
      }
      this.#pop()
      if (next.isCancelled) continue
      this.nowMs = Math.max(this.nowMs, next.atMs)
      this.happened++
      await next.work()
      await this.#rest()
    }
    return true
  }

  /** All promises and ticks that are ready have run; what they did is in the queue, or done. */
  async #rest(): Promise<void> {
    let before: number
    do {
      before = this.#nr
      for (let turn = 0; turn < 2; turn++)
        await new Promise<void>((resolve) => realImmediate(resolve))
    } while (this.#nr !== before)
  }

  #push(entry: Entry): void {
    const heap = this.#entries
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !isBefore(entry, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = entry
  }

  #pop(): void {
    const heap = this.#entries
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]]
      if (left === undefined) break
      const goRight = right !== undefined && isBefore(right, left)
      const child = goRight ? right : left
      if (!isBefore(child, last)) break
      heap[at] = child
      at = 2 * at + (goRight ? 2 : 1)
    }
    heap[at] = last
  }
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.nr < b.nr)
