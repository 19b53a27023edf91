// One agent for one root: two would write the same journals. The lock is a socket in Linux's
// abstract name space, named by the directory itself; the kernel frees it with the process that
// holds it, however that ends, so that no stale lock exists.
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { codeOf } from './disk/failures.ts'

export async function lockRoot(root: string): Promise<AsyncDisposable> {
  const { dev, ino } = await stat(root)
  const socket = createServer()
  socket.listen(`\0mogile-agent:${dev}:${ino}`)
  try {
    await once(socket, 'listening')
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error
    throw new Error(`another agent serves ${root} already`, { cause: error })
  }
  socket.unref()
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
