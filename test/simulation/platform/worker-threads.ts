// `node:worker_threads` for simulated processes: the one kind of thread that agents start, a
// journal's. What it is told to do takes a time and happens at the end of it; of what it was doing
// when its process was killed it has done the first calls.
import { EventEmitter } from 'node:events'
import type { Order, Told } from '#agent/disk/journal/messages.ts'
import { serveWriter } from '#agent/disk/journal/serve-writer.ts'
import { assert } from '#shared/assert.ts'
import type { FileSystem } from '../disk/file-system.ts'
import { here } from '../process.ts'
import { machineHere } from './machine-here.ts'
import { timed } from './timed.ts'

/** No process of the simulation is a thread itself. */
export const parentPort = null

const MOST_TRANSIT_MS = 0.1
/** More than a batch takes. */
const MOST_CALLS = 40

// oxlint-disable-next-line unicorn/prefer-event-target -- it is what a worker is
export class Worker extends EventEmitter {
  readonly #process = here()
  #fs: FileSystem | undefined
  #take: (order: Order) => void = () => undefined
  #underWay: Order | undefined

  constructor(url: URL) {
    super()
    assert(url.pathname.endsWith('/journal/thread.ts'), 'agents start no other thread')
    serveWriter({
      on: (_, listener) => {
        this.#take = listener
      },
      postMessage: (told) => this.#later(() => this.#tell(told)),
      close: () => this.#later(() => this.emit('exit', 0)),
    })
    this.#process.atKill(() => this.#getSomeWay())
  }

  postMessage(given: Order, transfer: readonly ArrayBuffer[] = []): void {
    const order = structuredClone(given, { transfer: [...transfer] })
    if (order.kind === 'open') {
      this.#fs = machineHere().diskOf(order.opening.root)
      return this.#take(order)
    }
    assert(this.#fs !== undefined, 'a journal is opened first')
    this.#underWay = order
    void timed(this.#fs, () => {
      this.#underWay = undefined
      const { busyMs } = this.#process
      this.#take(order)
      this.#process.busyMs = busyMs // it was not the process's main thread that was busy
    })
  }

  #tell(told: Told): void {
    this.emit('message', structuredClone(told))
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
