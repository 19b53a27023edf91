// Connections that a reader passes on to the primary, with what was read of them: whatever is not
// the GET of a file. They go through sockets in the agent's root, which only its account may open.
import { rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { HttpDeps } from '../http/exchange.ts'
import { serve } from '../http/serve.ts'

/** Of two, so that the primary knows who is on this host: it may read the metrics. */
const socketIn = (root: string, isLocal: boolean) =>
  join(root, isLocal ? 'relay-local.sock' : 'relay.sock')

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/

/** Disposed, it finishes what is under way. */
export async function takeRelayed(root: string, deps: HttpDeps): Promise<AsyncDisposable> {
  await using opening = new AsyncDisposableStack()
  for (const isLocal of [true, false]) {
    const path = socketIn(root, isLocal)
    await rm(path, { force: true }) // an earlier life's: this one has the root
    opening.use(await serve({ path }, { ...deps, isLocal }))
  }
  return opening.move()
}

/** From here on, neither side of it is looked at. */
export function relay(socket: Socket, root: string): void {
  const isLocal = LOOPBACK.test(socket.remoteAddress ?? '')
  const primary = connect(socketIn(root, isLocal))
  tie(socket, primary)
  tie(primary, socket)
}

/** What ends or breaks on one side does so on the other. */
function tie(from: Socket, to: Socket): void {
  from.setTimeout(0) // the primary looks after that
  from.pipe(to)
  from.once('error', () => to.destroy())
  from.once('close', () => to.destroySoon())
}
