// Connections that a reader passes on to the primary, with what was read of them: whatever is not
// the GET of a file. They go through sockets in the agent's root, which only its account may open.
import { rename, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { leaveAll } from '../http/doors.ts'
import type { HttpDeps } from '../http/exchange.ts'
import { type HttpServer, serve } from '../http/serve.ts'
import { relaySocket, socketIn } from './relay-socket.ts'

export type Relayed = Pick<HttpServer, 'leave'> & AsyncDisposable

/** From now on all of it comes to us: who had the sockets before, keeps their connections. */
export async function takeRelayed(root: string, deps: HttpDeps): Promise<Relayed> {
  await using opening = new AsyncDisposableStack()
  const servers: HttpServer[] = []
  for (const isLocal of [true, false]) {
    const path = socketIn(root, isLocal)
    // whoever closes a socket erases the name that it was made with: that is never the one in use
    const own = `${path}.${process.pid}`
    await rm(own, { force: true })
    servers.push(opening.use(await serve({ path: own }, { ...deps, isLocal })))
    await rename(own, path)
  }
  const opened = opening.move()
  return {
    leave: () => leaveAll(servers),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** From here on, neither side of it is looked at. */
export function relay(socket: Socket, root: string): void {
  const primary = connect(relaySocket(root, socket))
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
