// One thread that reads, for all devices: from its start until it is left behind, because a disk
// hangs that it asked. It counts what it has done, so the read that it is at is known.
import { performance } from 'node:perf_hooks'
import type { Worker } from 'node:worker_threads'
import { LEFT_BEHIND_MS } from '../../limits.ts'
import { Parcel } from '../../parcels.ts'
import type { Quickness } from '../quickness.ts'
import { errorOf } from '../threads/failure.ts'
import { startThread } from '../threads/start-thread.ts'
import type { Found, Order, ReadOrder, Told } from './messages.ts'

export interface QuickRead extends Omit<ReadOrder, 'memory'> {
  isBare: boolean
  /** Of its device. */
  quickness: Quickness
  settled: PromiseWithResolvers<QuickFound | undefined>
}

export interface QuickFound extends Found {
  /** Holds the bytes that were read; to be given back. */
  parcel: Parcel | undefined
}

interface Sent extends QuickRead {
  parcel: Parcel | undefined
  sentMs: number
}

interface Owner {
  /** There is room for more. */
  answered: () => void
  /** Of what it was given nothing more will come. */
  leftBehind: () => void
  /** Also one that was left behind: its disk has answered. */
  ended: () => void
}

export class ReadingThread {
  readonly #worker: Worker
  readonly #owner: Owner
  readonly #done = new BigInt64Array(new SharedArrayBuffer(8))
  /** What `done` was when it was looked at last. */
  #seen = 0
  #answered = 0
  readonly #underWay: Sent[] = []
  #watch: NodeJS.Timeout | undefined
  #isReady = false

  constructor(owner: Owner) {
    this.#owner = owner
    this.#worker = startThread('quick-reads.cjs')
    this.#worker.unref()
    this.#worker.on('message', this.#hear)
    this.#worker.once('online', () => {
      this.#isReady = true
    })
    this.#worker.once('exit', () => owner.ended())
    this.#order({ kind: 'open', done: this.#done })
  }

  /** It takes a while to start. */
  get isReady(): boolean {
    return this.#isReady
  }

  get underWay(): number {
    return this.#underWay.length
  }

  send(reads: readonly QuickRead[]): void {
    const sentMs = performance.now()
    const orders: ReadOrder[] = []
    const handedOver: ArrayBuffer[] = []
    for (const read of reads) {
      const parcel = read.isBare ? undefined : Parcel.take()
      const memory = parcel?.lend()
      if (memory !== undefined) handedOver.push(memory)
      orders.push({ path: read.path, range: read.range, memory })
      this.#underWay.push({ ...read, parcel, sentMs })
    }
    this.#order({ kind: 'read', reads: orders }, handedOver)
    this.#watch ??= setTimeout(this.#look, LEFT_BEHIND_MS)
  }

  /** Resolves what is under way to undefined, and lets it end when it can. */
  leave(): void {
    clearTimeout(this.#watch)
    this.#worker.off('message', this.#hear)
    void this.#worker.terminate()
    for (const { settled } of this.#underWay.splice(0)) settled.resolve(undefined)
  }

  #order(order: Order, handedOver: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(order, handedOver)
  }

  readonly #hear = ({ found, ms, memories }: Told): void => {
    const reads = this.#underWay.splice(0, found.length)
    this.#answered += found.length
    this.#owner.answered()
    for (const [index, { parcel, quickness, settled }] of reads.entries()) {
      const [each, memory] = [found[index], memories[index]]
      if (memory !== undefined) parcel?.takeBack(memory)
      quickness.took(ms[index] ?? 0)
      if (each === undefined || 'message' in each) settled.reject(each && errorOf(each))
      else settled.resolve({ ...each, parcel })
    }
  }

  /** Does it get on? A pause of our own thread is no reason to think that it does not. */
  readonly #look = (): void => {
    this.#watch = undefined
    const done = Number(Atomics.load(this.#done, 0))
    const oldest = this.#underWay[done - this.#answered]
    const waitedMs = oldest === undefined ? 0 : performance.now() - oldest.sentMs
    if (oldest !== undefined && done === this.#seen && waitedMs >= LEFT_BEHIND_MS) {
      oldest.quickness.took(waitedMs)
      this.#owner.leftBehind()
      return
    }
    this.#seen = done
    if (this.#underWay.length > 0) this.#watch = setTimeout(this.#look, LEFT_BEHIND_MS)
  }
}
