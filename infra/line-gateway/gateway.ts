// MogileFS's line protocol on TCP, translated to the tracker's API. It keeps nothing: a client may
// go on at any other gateway, and a crash costs the answers that were under way.
import { createServer, type Server, type Socket } from 'node:net'
import { closeWithin, listenAt } from '#infra/tcp-server.ts'
import type { Tracker } from '#shared/client/tracker.ts'
import { type Clock, systemClock } from '#shared/clock.ts'
import type { Events } from '#shared/events.ts'
import { Activity } from './activity.ts'
import { deskOf } from './answer.ts'
import { Connection } from './connection.ts'
import { LOOK_AT_CLIENTS_MS, MAX_CLIENTS, STOP_MS } from './limits.ts'

export interface GatewayOptions {
  host: string
  /** 0 for any free port. */
  port: number
  tracker: Tracker
  events: Events
  /** The header in which trackers are told where a client is. */
  addressHeader: string
  clock?: Clock
}

export interface Gateway extends AsyncDisposable {
  port: number
  activity: Activity
}

/** Disposed, it takes no more commands and answers those that are under way. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, port, tracker, events, addressHeader, clock = systemClock } = options
  const activity = new Activity()
  const desk = deskOf({ tracker, events, activity, clock, addressHeader })
  const clients = new Set<Connection>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) => {
    const connection = new Connection(socket, desk)
    clients.add(connection)
    activity.clients = clients.size
    socket.once('close', () => {
      clients.delete(connection)
      activity.clients = clients.size
    })
  })
  server.maxConnections = MAX_CLIENTS
  const listening = await listenAt(server, host, port)

  const stopping = new AbortController()
  const looking = lookAt(clients, clock, stopping.signal)
  return {
    port: listening,
    activity,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await Promise.all([stop(server, clients), looking])
    },
  }
}

async function lookAt(
  clients: ReadonlySet<Connection>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(LOOK_AT_CLIENTS_MS, signal)
    for (const client of clients) client.look()
  }
}

async function stop(server: Server, clients: ReadonlySet<Connection>): Promise<void> {
  const closed = closeWithin(server, STOP_MS, () => {
    for (const client of clients) client.destroy()
  })
  for (const client of clients) client.stop()
  await closed
}
