// Little of a file, while its disk answers at once: by a thread of synchronous calls, which costs
// less than half of what libuv's pool does, and stops nobody where a disk hangs after all. What it
// was given is then done the patient way, as is all that it is not there for.
// GETs of 4 KiB: 34,700 a second (2026-11, 2 cores; `npm run bench -- agent-get`).
import { performance } from 'node:perf_hooks'
import { MAX_LEFT_BEHIND, MAX_QUICK_READS, PROBE_EVERY_MS, STALL_MS } from '../../limits.ts'
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

/** It waited for too long, or its device has turned out to be slow meanwhile. */
const isTooLate = ({ queuedMs, quickness }: QuickRead) =>
  performance.now() - queuedMs > STALL_MS || quickness.hasSlowedSince(queuedMs)

export class QuickReads implements Disposable {
  /** Started when it is first needed. */
  #thread: ReadingThread | undefined
  /** Where the machine had no thread for us, it is asked again then. */
  #notBeforeMs = 0
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
    const queuedMs = performance.now()
    this.#waiting.push({ path, range, isBare, quickness, queuedMs, settled })
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
    this.#thread ??= this.#tryStart()
    return this.#thread?.isReady === true
  }

  #tryStart(): ReadingThread | undefined {
    if (performance.now() < this.#notBeforeMs) return undefined
    try {
      return this.#start()
    } catch {
      this.#notBeforeMs = performance.now() + PROBE_EVERY_MS
      return undefined
    }
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
    const going: QuickRead[] = []
    const room = MAX_QUICK_READS - this.#thread.underWay
    while (going.length < room) {
      const read = this.#waiting.shift()
      if (read === undefined) break
      if (isTooLate(read)) read.settled.resolve(undefined)
      else going.push(read)
    }
    if (going.length > 0) this.#thread.send(going)
  }

  #leave(): void {
    if (this.#thread === undefined) return
    this.#leftBehind++
    this.#thread.leave()
    this.#thread = undefined
    for (const { settled } of this.#waiting.splice(0)) settled.resolve(undefined)
  }
}
