// `node:worker_threads` for simulated processes: the two kinds of threads that agents start. What
// one is told to do takes a time and happens at the end of it, one order after the other; of what a
// journal's was doing when its process was killed it has done the first calls.
import { EventEmitter } from 'node:events'
import type * as journal from '#agent/disk/journal/messages.ts'
import { serveWriter } from '#agent/disk/journal/serve-writer.ts'
import type * as reads from '#agent/disk/quick-reads/messages.ts'
import { serveQuickReads } from '#agent/disk/quick-reads/serve-quick-reads.ts'
import { assert } from '#shared/assert.ts'
import type { FileSystem } from '../disk/file-system.ts'
import { here } from '../process.ts'
import { machineHere } from './machine-here.ts'
import { timed } from './timed.ts'

/** No process of the simulation is a thread itself. */
export const parentPort = null

type Order = journal.Order | reads.Order

const isForJournal = (order: Order): order is journal.Order =>
  order.kind !== 'read' && !('shared' in order)

/** Each read waits for its own disk; who asked for many hears of them one by one. */
const eachOf = (order: Order): Order[] =>
  order.kind === 'read' ? order.reads.map((read) => ({ ...order, reads: [read] })) : [order]

const MOST_TRANSIT_MS = 0.1
const MOST_START_MS = 50
/** More than a batch takes. */
const MOST_CALLS = 40

// oxlint-disable-next-line unicorn/prefer-event-target -- it is what a worker is
export class Worker extends EventEmitter {
  readonly #process = here()
  /** A journal's. */
  #fs: FileSystem | undefined
  #take: (order: Order) => void = () => undefined
  readonly #waiting: Order[] = []
  #underWay: Order | undefined
  #isAtWork = false
  #isTerminated = false

  constructor({ pathname }: URL) {
    super()
    const postMessage = (told: unknown) => this.#later(() => this.#tell(told))
    const close = () => this.#later(() => this.emit('exit', 0))
    if (pathname.endsWith('/journal/thread.ts')) this.#beJournals({ postMessage, close })
    else if (pathname.endsWith('/quick-reads/thread.ts')) this.#beReading({ postMessage })
    else throw new Error(`agents start no thread of ${pathname}`)
  }

  postMessage(given: Order, transfer: readonly ArrayBuffer[] = []): void {
    const order = structuredClone(given, { transfer: [...transfer] })
    if (order.kind === 'open') {
      if ('opening' in order) this.#fs = machineHere().diskOf(order.opening.root)
      if (isForJournal(order)) return this.#take(order)
      const startMs = this.#process.random.between(0, MOST_START_MS)
      return void this.#process.after(startMs, () => this.#take(order))
    }
    this.#waiting.push(...eachOf(order))
    if (!this.#isAtWork) void this.#work()
  }

  /** What it was doing goes on until its disk answers. */
  terminate(): void {
    this.#isTerminated = true
    this.#waiting.length = 0
    if (!this.#isAtWork) this.#later(() => this.emit('exit', 1))
  }

  unref(): void {
    // the story does not end by itself
  }

  #beJournals(port: { postMessage: (told: unknown) => void; close: () => void }): void {
    const on = (_: 'message', write: (order: journal.Order) => void) => {
      this.#take = (order) => {
        assert(isForJournal(order), 'it writes a journal')
        write(order)
      }
    }
    serveWriter({ ...port, on })
    this.#process.atKill(() => this.#getSomeWay())
  }

  #beReading(port: { postMessage: (told: unknown) => void }): void {
    const on = (_: 'message', read: (order: reads.Order) => void) => {
      this.#take = (order) => {
        assert(!isForJournal(order), 'it reads')
        read(order)
      }
    }
    serveQuickReads({ ...port, on })
  }

  async #work(): Promise<void> {
    this.#isAtWork = true
    for (let order = this.#waiting.shift(); order !== undefined; order = this.#waiting.shift()) {
      this.#underWay = order
      await timed(this.#diskFor(order), () => this.#do(order))
    }
    this.#isAtWork = false
    if (this.#isTerminated) this.emit('exit', 1)
  }

  #do(order: Order): void {
    this.#underWay = undefined
    if (this.#isTerminated) return
    const { busyMs } = this.#process
    this.#take(order)
    this.#process.busyMs = busyMs // it was not the process's main thread that was busy
  }

  #diskFor(order: Order): FileSystem {
    const [read] = order.kind === 'read' ? order.reads : []
    const disk = read === undefined ? this.#fs : machineHere().diskOf(read.path)
    assert(disk !== undefined, 'a journal is opened first')
    return disk
  }

  #tell(told: unknown): void {
    if (!this.#isTerminated) this.emit('message', structuredClone(told))
  }

  #later(work: () => unknown): void {
    this.#process.after(this.#process.random.between(0, MOST_TRANSIT_MS), work)
  }

  #getSomeWay(): void {
    if (this.#underWay === undefined || this.#fs?.isHung !== false) return
    this.#process.callsLeft = this.#process.random.below(MOST_CALLS)
    this.#take(this.#underWay)
  }
}
