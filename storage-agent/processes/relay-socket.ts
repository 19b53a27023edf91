// The sockets in the agent's root by which other processes of this host's agent reach the one that
// owns the devices. Only its account may open them.
import type { Socket } from 'node:net'
import { join } from 'node:path'

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/

/** Of two, so that the owner knows who is on this host: it may read the metrics. */
export const socketIn = (root: string, isLocal: boolean): string =>
  join(root, isLocal ? 'relay-local.sock' : 'relay.sock')

/** For what came by this connection. `isLocal`: it came by such a socket itself. */
export const relaySocket = (root: string, { remoteAddress = '' }: Socket, isLocal?: boolean) =>
  socketIn(root, isLocal ?? LOOPBACK.test(remoteAddress))
