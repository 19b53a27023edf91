// The reading thread as the agent sees it: orders come by a port, and what was found goes back.
import { performance } from 'node:perf_hooks'
import { type Failure, failureOf } from '../threads/failure.ts'
import {
  DONE,
  type Found,
  type Order,
  type ReadOrder,
  type Ready,
  TOO_LATE,
  type Told,
} from './messages.ts'
import { readQuickly } from './read-quickly.ts'

/** As much of a MessagePort as is needed. */
export interface Port {
  on: (event: 'message', listener: (order: Order) => void) => unknown
  postMessage: (told: Told | Ready, handedOver: ArrayBuffer[]) => void
}

export function serveQuickReads(port: Port): void {
  let shared: BigInt64Array = new BigInt64Array(2)

  const readAll = (reads: readonly ReadOrder[]): Told => {
    const found: (Found | Failure | undefined)[] = []
    const ms: number[] = []
    let beganMs = performance.now()
    for (const read of reads) {
      const isTooLate = Atomics.load(shared, DONE) < Atomics.load(shared, TOO_LATE)
      found.push(isTooLate ? undefined : foundBy(read))
      Atomics.add(shared, DONE, 1n)
      const nowMs = performance.now()
      ms.push(nowMs - beganMs)
      beganMs = nowMs
    }
    return { found, ms, memories: reads.map(({ memory }) => memory) }
  }

  port.on('message', (order) => {
    if (order.kind === 'open') {
      shared = order.shared
      port.postMessage({ kind: 'ready' }, [])
      return
    }
    const told = readAll(order.reads)
    const handedOver = told.memories.filter((memory) => memory !== undefined)
    port.postMessage(told, handedOver)
  })
}

function foundBy(read: ReadOrder): Found | Failure {
  try {
    return readQuickly(read)
  } catch (error) {
    return failureOf(error)
  }
}
