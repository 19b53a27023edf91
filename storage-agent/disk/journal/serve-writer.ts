// A journal's thread as the agent sees it: orders come by a port, and answers go back by it.
import { assert } from '#shared/assert.ts'
import { failureOf } from '../threads/failure.ts'
import { Halves } from './halves.ts'
import type { Batch, Opening, Order, Told } from './messages.ts'
import { Writer } from './writer.ts'

/** As much of a MessagePort as is needed. */
export interface Port {
  on: (event: 'message', listener: (order: Order) => void) => unknown
  postMessage: (told: Told) => void
  close: () => void
}

export function serveWriter(port: Port): void {
  let opening: Opening | undefined
  let halves: Halves | undefined
  const onStuck = (error: unknown) => port.postMessage({ kind: 'stuck', failure: failureOf(error) })

  const write = (batch: Batch) => {
    try {
      assert(opening !== undefined, 'a journal is opened before it is written')
      halves ??= new Halves(opening, onStuck)
      return new Writer(opening, halves).write(batch)
    } catch (error) {
      return batch.files.map(() => failureOf(error)) // the next one may find the disk better
    }
  }

  const close = async () => {
    port.postMessage({ kind: 'closed', files: (await halves?.close()) ?? [] })
    port.close()
  }

  port.on('message', (order) => {
    if (order.kind === 'open') opening = order.opening
    else if (order.kind === 'write')
      port.postMessage({ kind: 'written', answers: write(order.batch) })
    else void close()
  })
}
