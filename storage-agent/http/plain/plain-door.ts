// The plain door, before a server of node:http: it answers plain requests straight from the socket,
// and leaves connections to Node at the first that is not. A GET of 4 KiB costs 34 us of CPU, most
// of it the kernel's; by node:http it cost 45 (2026-11; `npm run bench -- agent-get`).
import type { Server } from 'node:http'
import { Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { assert } from '#shared/assert.ts'
import { originHeaders } from '#shared/cors.ts'
import { MAX_URL_PEEK_BYTES } from '../../limits.ts'
import { isReading } from '../ownership.ts'
import { type DoorDeps, PlainConnection } from './plain-connection.ts'
import { Turn } from './turn.ts'

export interface Door {
  /** Connections end after the answer that is under way. */
  close: () => void
  /** At once. */
  destroy: () => void
}

/** To be called before the server listens. */
export function openPlainDoor(
  server: Server,
  deps: Omit<DoorDeps, 'toNode' | 'always' | 'turn'>,
): Door {
  const event = server instanceof SecureServer ? 'secureConnection' : 'connection'
  const [toNode, ...others] = server.listeners(event)
  assert(toNode !== undefined && others.length === 0, 'a server of Node takes connections')
  server.removeAllListeners(event)
  const { origins, passOn, ownership } = deps.http
  const always = origins === undefined ? [] : Object.entries(originHeaders(origins, undefined))
  const ours = new Map<Socket, PlainConnection>()
  const doorDeps: DoorDeps = {
    ...deps,
    always: always.flat(),
    turn: new Turn(),
    toNode(socket, next) {
      const isOurs = passOn === undefined || ownership.isGiven || isReading(startOf(next))
      if (isOurs) toNode.call(server, socket)
      else passOn(socket)
    },
  }
  server.on(event, (socket: Socket) => {
    ours.set(socket, new PlainConnection(socket, doorDeps, () => ours.delete(socket)))
  })
  return {
    close() {
      for (const connection of ours.values()) connection.close()
    },
    destroy() {
      for (const socket of ours.keys()) socket.destroy()
    },
  }
}

const startOf = (next: Buffer): string => next.toString('latin1', 0, MAX_URL_PEEK_BYTES)
