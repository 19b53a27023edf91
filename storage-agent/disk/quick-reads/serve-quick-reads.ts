// The reading thread as the agent sees it: orders come by a port, and what was found goes back.
import { performance } from 'node:perf_hooks'
import { type Failure, failureOf } from '../threads/failure.ts'
import type { Found, Order, ReadOrder, Told } from './messages.ts'
import { readQuickly } from './read-quickly.ts'

/** As much of a MessagePort as is needed. */
export interface Port {
  on: (event: 'message', listener: (order: Order) => void) => unknown
  postMessage: (told: Told, handedOver: ArrayBuffer[]) => void
}

export function serveQuickReads(port: Port): void {
  let done: BigInt64Array = new BigInt64Array(1)

  const readAll = (reads: readonly ReadOrder[]): Told => {
    const found: (Found | Failure)[] = []
    const ms: number[] = []
    let beganMs = performance.now()
    for (const read of reads) {
      found.push(foundBy(read))
      Atomics.add(done, 0, 1n)
      const nowMs = performance.now()
      ms.push(nowMs - beganMs)
      beganMs = nowMs
    }
    return { found, ms, memories: reads.map(({ memory }) => memory) }
  }

  port.on('message', (order) => {
    if (order.kind === 'open') {
      done = order.done
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
