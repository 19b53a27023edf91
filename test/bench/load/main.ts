// The generator's process: does one task after another for the bench that started it, and ends
// when that one is gone.
import { HttpConnection } from './http-connection.ts'
import { type Outcome, repeat } from './repeat.ts'
import { sendRequests } from './send-requests.ts'
import { sendLines, storeByLines } from './store-by-lines.ts'
import { storeFiles } from './store-files.ts'
import type { StreamTask, Task } from './tasks.ts'

process.on('message', (task: Task) => void answer(task))
process.once('disconnect', () => process.exit())

async function answer(task: Task): Promise<void> {
  try {
    process.send?.({ outcome: await perform(task) })
  } catch (error) {
    process.send?.({ failure: error instanceof Error ? error.message : String(error) })
  }
}

function perform(task: Task): Promise<Outcome> {
  if (task.kind === 'requests') return sendRequests(task)
  if (task.kind === 'store') return storeFiles(task)
  if (task.kind === 'store-by-lines') return storeByLines(task)
  return task.kind === 'lines' ? sendLines(task) : streamOnce(task)
}

async function streamOnce({ port, head, piece, bytes, expected }: StreamTask): Promise<Outcome> {
  using connection = await HttpConnection.open(port)
  return await repeat({ callers: 1, times: 1 }, async () => {
    const answered = await connection.stream(head, Buffer.from(piece), bytes, expected)
    return bytes + answered.bytes
  })
}
