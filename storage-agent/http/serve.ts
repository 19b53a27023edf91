// The agent's HTTP server: node:http behind the plain door, paths that parse to numbers or nothing,
// and every bound on what a client may do with its time and our memory.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { Server as NetServer } from 'node:net'
import { performance } from 'node:perf_hooks'
import { assert } from '#shared/assert.ts'
import { REQUEST_ID_HEADER, requestIdOf } from '#shared/request-id.ts'
import { ticketInQuery } from '#shared/ticket-in-path.ts'
import {
  HEADERS_TIMEOUT_MS,
  IDLE_MS,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  STOP_MS,
} from '../limits.ts'
import { Admission } from './admission.ts'
import { answerByOwner } from './answer-by-owner.ts'
import { BrokenRequests, endWith } from './broken-request.ts'
import type { Certificate } from './certificate.ts'
import { Connections } from './connections.ts'
import type { HttpDeps } from './exchange.ts'
import type { InheritedSocket } from './inherited-socket.ts'
import { type Door, openPlainDoor } from './plain/plain-door.ts'
import { refuse } from './refuse.ts'

const CLOSE_IDLE_EVERY_MS = 20

export interface HttpServer extends AsyncDisposable {
  port: number
  /** To be shared with other processes. */
  socket: NetServer
  /** Takes no more connections, and resolves when those that it has have ended. */
  leave: () => Promise<void>
  /** Where it has a certificate, which may be replaced. */
  secure?: SecureServer
}

export interface Address {
  host?: string
  port?: number
  /** Instead: a socket of this host. */
  path?: string
  /** Other processes listen there, too. */
  reusePort?: boolean
  /** Instead: one that listens already. */
  inherited?: InheritedSocket | undefined
  /** With it, only TLS is spoken. */
  certificate?: Certificate | undefined
}

/** Disposed, it takes no more requests and lets those under way finish, up to STOP_MS. */
export async function serve({ certificate, ...at }: Address, deps: HttpDeps): Promise<HttpServer> {
  const admission = new Admission(deps.keys, deps.trackerNowMs, deps.passOn !== undefined)
  const prefix = randomBytes(6).toString('hex')
  const broken = new BrokenRequests()
  let refusals = 0
  const nextId = () => `${prefix}-${++refusals}`
  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    awaitsContinue: boolean,
  ): Promise<void> => {
    broken.begin(request, response)
    request.url = ticketInQuery(request.url ?? '') // also before it is logged without its query
    const startedMs = performance.now()
    const { method = '' } = request
    if (deps.ownership.isGiven) response.shouldKeepAlive = false
    try {
      await answerByOwner(request, response, awaitsContinue, admission, deps)
    } catch (error) {
      const requestId = requestIdOf(request.headers[REQUEST_ID_HEADER], nextId)
      refuse(request, response, error, requestId, deps)
    } finally {
      deps.meter.answered(method, response.statusCode, performance.now() - startedMs)
    }
  }
  const listener: RequestListener = (request, response) => void answer(request, response, false)
  const options = { maxHeaderSize: MAX_HEADER_BYTES }
  const secure = certificate && createSecureServer({ ...options, ...certificate }, listener)
  const server = secure ?? createServer(options, listener)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response, true)
  })
  server.on('clientError', (error, socket) => broken.answer(error, socket, nextId()))
  const door = openPlainDoor(server, {
    admission,
    http: deps,
    refuse(socket, problem) {
      const requestId = nextId()
      endWith(socket, problem, requestId)
      deps.events.emit('debug', 'request.refused', { requestId, code: problem.code })
    },
  })
  const connections = new Connections(server)
  await listen(server, at)
  const address = server.address()
  assert(address !== null, 'a server that listens has an address')
  const port = typeof address === 'object' ? address.port : 0
  const dispose = () => stop(server, door)
  return {
    port,
    socket: server,
    async leave() {
      // node:http's own would cut idle connections, on which the next request may be under way
      NetServer.prototype.close.call(server)
      await connections.ended()
    },
    ...(secure && { secure }),
    [Symbol.asyncDispose]: dispose,
  }
}

async function listen(
  server: Server,
  { inherited, ...at }: Omit<Address, 'certificate'>,
): Promise<void> {
  server.maxConnections = MAX_CONNECTIONS
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = 0 // a large file may take its time, as long as it moves
  server.timeout = IDLE_MS
  server.keepAliveTimeout = IDLE_MS
  if (inherited === undefined) server.listen(at)
  else server.listen(inherited.server)
  await once(server, 'listening')
  inherited?.pass(server)
}

async function stop(server: Server, door: Door): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  door.close()
  // it closes those that are idle now; those that become idle later are left to us
  const sweeping = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS)
  const patience = setTimeout(() => {
    door.destroy()
    server.closeAllConnections()
  }, STOP_MS)
  await closed
  clearInterval(sweeping)
  clearTimeout(patience)
}
