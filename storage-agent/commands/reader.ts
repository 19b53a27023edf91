// A reader, as the primary starts it: it does what it is told over the channel between them, and
// ends with the primary.
import { assert } from '#shared/assert.ts'
import { STOP_MS } from '../limits.ts'
import type { FromReader, ToReader } from '../processes/messages.ts'
import { type Reader, startReader } from '../processes/reader.ts'
import { boundYoungHeap } from '../young-heap.ts'

/** That the primary has died is told by `disconnect`. */
const tell = (message: FromReader) =>
  void process.send?.(message, undefined, undefined, () => undefined)

export function runReader(): void {
  assert(process.send !== undefined, 'a reader is started by an agent')
  boundYoungHeap()
  let reader: Promise<Reader> | undefined
  const stop = async () => {
    setTimeout(() => process.exit(1), 2 * STOP_MS).unref()
    const closed = (await reader)?.[Symbol.asyncDispose]()
    tell({ kind: 'closing' })
    await closed
    process.exit(0)
  }
  process.on('message', (message: ToReader) => {
    if (message.kind === 'start') {
      reader = startReader(message.start, tell)
      void start(reader)
    } else if (message.kind === 'state') void reader?.then(({ follow }) => follow(message.state))
    else void stop()
  })
  // nobody tells it what is true any more
  process.once('disconnect', () => process.exit(1))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined)
}

async function start(begin: Promise<Reader>): Promise<void> {
  try {
    await begin
    tell({ kind: 'listening' })
  } catch (error) {
    process.stderr.write(`mog-agent: a reader: ${String(error)}\n`)
    process.exit(1)
  }
}
