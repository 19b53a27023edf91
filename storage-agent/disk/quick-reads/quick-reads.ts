// Little of a file, while its disk answers at once: by a thread of synchronous calls, which costs
// less than half of what libuv's pool does, and stops nobody where a disk hangs after all. What it
// was given is then done the patient way, as is all that it is not there for.
// GETs of 4 KiB: 34,700 a second (2026-11, 2 cores; `npm run bench -- agent-get`).
import { MAX_LEFT_BEHIND, MAX_QUICK_READS } from '../../limits.ts'
import type { Quickness } from '../quickness.ts'
import { type QuickFound, type QuickRead, ReadingThread } from './reading-thread.ts'

export type { QuickFound } from './reading-thread.ts'

/** What is asked of a file. */
export interface Wish {
  /** As a Range header: what is wanted of a larger file. */
  range?: string | undefined
  /** Nothing of what is in it is wanted. */
  isBare?: boolean
}

export class QuickReads implements Disposable {
  /** Started when it is first needed. */
  #thread: ReadingThread | undefined
  /** Threads that wait for disks. */
  #leftBehind = 0
  readonly #waiting: QuickRead[] = []
  #isSending = false
  #isOver = false

  /** Undefined: it is not small, or there is no thread to read it now. */
  async read(path: string, wish: Wish, quickness: Quickness): Promise<QuickFound | undefined> {
    if (!this.#isThere()) return undefined
    const { range, isBare = false } = wish
    const settled = Promise.withResolvers<QuickFound | undefined>()
    this.#waiting.push({ path, range, isBare, quickness, settled })
    if (!this.#isSending) setImmediate(this.#send) // with what else comes in this turn
    this.#isSending = true
    return settled.promise
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    this.#leave()
  }

  #isThere(): boolean {
    if (this.#isOver || this.#leftBehind >= MAX_LEFT_BEHIND) return false
    this.#thread ??= this.#start()
    return this.#thread.isReady
  }

  #start(): ReadingThread {
    return new ReadingThread({
      answered: () => {
        if (!this.#isSending) this.#send()
      },
      leftBehind: () => this.#leave(),
      ended: () => {
        this.#leftBehind--
      },
    })
  }

  readonly #send = (): void => {
    this.#isSending = false
    if (this.#thread === undefined || this.#waiting.length === 0) return
    const room = Math.max(MAX_QUICK_READS - this.#thread.underWay, 0)
    if (room > 0) this.#thread.send(this.#waiting.splice(0, room))
  }

  #leave(): void {
    if (this.#thread === undefined) return
    this.#leftBehind++
    this.#thread.leave()
    this.#thread = undefined
    for (const { settled } of this.#waiting.splice(0)) settled.resolve(undefined)
  }
}
