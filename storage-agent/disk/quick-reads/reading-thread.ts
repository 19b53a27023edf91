// One thread that reads, for all devices: from its start until it is left behind, because a disk
// hangs that it asked. It counts what it has done, so the read that it is at is known; and it is
// told which reads have waited too long to be tried, so that a disk which is slow, but does not
// hang, holds up nobody for long.
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import type { Worker } from 'node:worker_threads'
import { LEFT_BEHIND_LOOKS, LOOK_AT_READS_MS, STALL_MS } from '../../limits.ts'
import { Parcel } from '../../parcels.ts'
import type { Quickness } from '../quickness.ts'
import { errorOf } from '../threads/failure.ts'
import { startThread } from '../threads/start-thread.ts'
import {
  DONE,
  type Found,
  type Order,
  type ReadOrder,
  type Ready,
  TOO_LATE,
  type Told,
} from './messages.ts'

export interface QuickRead extends Omit<ReadOrder, 'memory'> {
  isBare: boolean
  /** Of its device. */
  quickness: Quickness
  queuedMs: number
  settled: PromiseWithResolvers<QuickFound | undefined>
}

export interface QuickFound extends Found {
  /** Holds the bytes that were read; to be given back. */
  parcel: Parcel | undefined
}

interface Sent extends QuickRead {
  parcel: Parcel | undefined
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
  readonly #exited: Promise<unknown>
  readonly #shared = new BigInt64Array(new SharedArrayBuffer(16))
  /** How many were done at the last look, and for how many looks that has been so. */
  #seen = { done: 0, looks: 0 }
  #answered = 0
  readonly #underWay: Sent[] = []
  #watch: NodeJS.Timeout | undefined
  #isReady = false

  /** Throws where the machine has no thread for it. */
  constructor(owner: Owner) {
    this.#owner = owner
    this.#worker = startThread('quick-reads.cjs')
    this.#worker.unref()
    this.#worker.on('message', this.#hear)
    this.#exited = once(this.#worker, 'exit').finally(owner.ended)
    this.#order({ kind: 'open', shared: this.#shared })
  }

  /** It takes a while to start. */
  get isReady(): boolean {
    return this.#isReady
  }

  get underWay(): number {
    return this.#underWay.length
  }

  send(reads: readonly QuickRead[]): void {
    const orders: ReadOrder[] = []
    const handedOver: ArrayBuffer[] = []
    for (const read of reads) {
      const parcel = read.isBare ? undefined : Parcel.take()
      const memory = parcel?.lend()
      if (memory !== undefined) handedOver.push(memory)
      orders.push({ path: read.path, range: read.range, memory })
      this.#underWay.push({ ...read, parcel })
    }
    this.#order({ kind: 'read', reads: orders }, handedOver)
    this.#watch ??= setTimeout(this.#look, LOOK_AT_READS_MS)
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

  readonly #hear = (told: Ready | Told): void => {
    if ('kind' in told) this.#isReady = true
    else this.#settle(told)
  }

  #settle({ found, ms, memories }: Told): void {
    const reads = this.#underWay.splice(0, found.length)
    this.#answered += found.length
    for (const [index, { parcel, quickness, settled }] of reads.entries()) {
      const [each, memory] = [found[index], memories[index]]
      if (memory !== undefined) parcel?.takeBack(memory)
      if (each !== undefined) quickness.took(ms[index] ?? 0)
      if (each === undefined || 'message' in each) parcel?.giveBack()
      if (each === undefined) settled.resolve(undefined)
      else if ('message' in each) settled.reject(errorOf(each))
      else settled.resolve({ ...each, parcel })
    }
    this.#owner.answered()
  }

  /** Does it get on? A pause of our own thread is no reason to think that it does not. */
  readonly #look = (): void => {
    this.#watch = undefined
    const done = Number(Atomics.load(this.#shared, DONE))
    const at = done - this.#answered
    const oldest = this.#underWay[at]
    const isStill = done === this.#seen.done && oldest !== undefined
    this.#seen = { done, looks: isStill ? this.#seen.looks + 1 : 0 }
    if (isStill && this.#seen.looks >= LEFT_BEHIND_LOOKS) {
      const sinceMs = performance.now() - LEFT_BEHIND_LOOKS * LOOK_AT_READS_MS
      // as long as it waits there, nobody else is sent to this disk
      void oldest.quickness.follow(() => this.#exited, sinceMs)
      oldest.quickness.took(performance.now() - sinceMs)
      this.#owner.leftBehind()
      return
    }
    this.#passOver(at)
    if (this.#underWay.length > 0) this.#watch = setTimeout(this.#look, LOOK_AT_READS_MS)
  }

  /** What has waited for so long is not tried when its turn comes. */
  #passOver(from: number): void {
    const sinceMs = performance.now() - STALL_MS
    let at = from
    for (; (this.#underWay[at]?.queuedMs ?? Infinity) < sinceMs; at++);
    Atomics.store(this.#shared, TOO_LATE, BigInt(this.#answered + at))
  }
}
