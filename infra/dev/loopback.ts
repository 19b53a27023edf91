// Ports of this machine alone: nothing of the development cluster is reachable from elsewhere.
import { createServer, type Server } from 'node:net'
import { listenAt } from '#infra/tcp-server.ts'

export const LOOPBACK = '127.0.0.1'

/** Makes a server (of HTTP too) listen, on a free port unless given one. Returns the port. */
export const listenOnLoopback = (server: Server, port = 0): Promise<number> =>
  listenAt(server, LOOPBACK, port)

/** Port 0 always is. */
export async function isFreePort(port: number): Promise<boolean> {
  await using probe = createServer()
  return await listenOnLoopback(probe, port).then(
    () => true,
    () => false,
  )
}

/** Free a moment ago: a program that cannot choose its port itself may yet lose the race for it. */
export async function findFreePort(): Promise<number> {
  await using probe = createServer()
  return await listenOnLoopback(probe)
}
