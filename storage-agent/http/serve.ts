// The agent's HTTP server: node:http, paths that parse to numbers or nothing, and every bound on
// what a client may do with its time and our memory.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { assert } from '#shared/assert.ts'
import { parseFidPath } from '#shared/fid-path.ts'
import { Problem } from '#shared/problems.ts'
import { checkTicket } from '#shared/tickets.ts'
import { HEADERS_TIMEOUT_MS, IDLE_MS, MAX_HEADER_BYTES, STOP_MS } from '../limits.ts'
import type { HttpDeps, Verb } from './exchange.ts'
import { getFile } from './get-file.ts'
import { health } from './health.ts'
import { putFile } from './put-file.ts'
import { refuse } from './refuse.ts'

const verbs: ReadonlyMap<string, Verb> = new Map([
  ['GET', getFile],
  ['HEAD', getFile],
  ['PUT', putFile],
])

export interface HttpServer extends AsyncDisposable {
  port: number
}

/** Disposed, it takes no more requests and lets those under way finish, up to STOP_MS. */
export async function serve(
  { host, port }: { host: string; port: number },
  deps: HttpDeps,
): Promise<HttpServer> {
  const prefix = randomBytes(6).toString('hex')
  let requests = 0
  const answer = async (request: IncomingMessage, response: ServerResponse, waits: boolean) => {
    try {
      await route(request, response, waits, deps)
    } catch (error) {
      refuse(request, response, error, `${prefix}-${++requests}`, deps.events)
    }
  }
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    void answer(request, response, false)
  })
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response, true)
  })
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = 0 // a large file may take its time, as long as it moves
  server.timeout = IDLE_MS
  server.keepAliveTimeout = IDLE_MS
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null, 'a TCP server has a port')
  return { port: address.port, [Symbol.asyncDispose]: () => stop(server) }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
  deps: HttpDeps,
): Promise<void> {
  const { url = '', method = '' } = request
  const question = url.indexOf('?')
  const path = question < 0 ? url : url.slice(0, question)
  if (path === '/health' && method === 'GET') return health(response, deps)
  const place = parseFidPath(path)
  if (place === undefined) throw new Problem('unknown_route')
  const verb = verbs.get(method)
  if (verb === undefined) throw new Problem('method_not_allowed', { method })

  const search = question < 0 ? '' : url.slice(question + 1)
  const ticket = checkTicket(search, place, method, deps.keys.all(), deps.trackerNowMs())
  return verb({ request, response, ticket, awaitsContinue }, deps)
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close() // closes idle connections too
  const late = new AbortController()
  await Promise.race([closed, sleep(STOP_MS, undefined, { signal: late.signal, ref: false })])
  late.abort()
  server.closeAllConnections()
  await closed
}
