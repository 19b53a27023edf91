// How `mog-agent reload` asks the running agent to be replaced, and is told what came of it: by a
// socket in the agent's root, which only its account may open.
import { once } from 'node:events'
import { rename, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import * as z from 'zod'

const socketIn = (root: string) => join(root, 'reload.sock')

/** As replace.ts says it. */
const Reloaded = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('replaced'), pid: z.number() }),
  z.object({ outcome: z.literal('kept'), reason: z.string() }),
])
type Reloaded = z.infer<typeof Reloaded>

/** Whoever connects, asks. */
export async function takeReloads(
  root: string,
  reload: () => Promise<Reloaded>,
): Promise<AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined) // who asked has left
    void reload().then((reloaded) => socket.end(JSON.stringify(reloaded)))
  })
  // whoever closes a socket erases the name that it was made with: that is never the one in use
  const own = `${socketIn(root)}.${process.pid}`
  await rm(own, { force: true })
  server.listen(own)
  await once(server, 'listening')
  await rename(own, socketIn(root))
  return {
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

/** Throws where no agent hears us, or it dies before it can answer. */
export async function askToReload(root: string): Promise<Reloaded> {
  const socket = connect(socketIn(root))
  try {
    return Reloaded.parse(JSON.parse(await text(socket)))
  } catch (error) {
    throw new Error(`no agent answers at ${socketIn(root)}: is it running?`, { cause: error })
  }
}
