// The edge at which refusals become problem+json (RFC 9457), and anything else that was thrown
// becomes a logged 500. No URL is logged: its query is the ticket.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorFacts, type Level } from '#shared/events.ts'
import { Problem, problemDocument } from '#shared/problems.ts'
import { REQUEST_ID_HEADER } from '#shared/request-id.ts'
import { DISCARD_MS, MAX_DISCARDED_BYTES } from '../limits.ts'
import type { HttpDeps } from './exchange.ts'

export const NODE_METHODS = 'GET, HEAD, PUT, PATCH, DELETE, MOVE, OPTIONS'
const RETRY_AFTER_S = '1'

export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  requestId: string,
  { events, meter }: Pick<HttpDeps, 'events' | 'meter'>,
): void {
  const problem = error instanceof Problem ? error : new Problem('internal', {}, { cause: error })
  meter.refused(problem.code)
  const { status, retry } = problem.entry
  const cause = problem.cause === undefined ? {} : { cause: errorFacts(problem.cause) }
  events.emit(levelOf(status), 'request.refused', {
    requestId,
    method: request.method,
    path: request.url?.split('?')[0],
    code: problem.code,
    detail: problem.message,
    ...cause,
  })
  if (response.headersSent) {
    response.destroy() // half an answer must not look like a whole one
    return
  }
  const text = JSON.stringify(problemDocument(problem, requestId))
  const length = String(Buffer.byteLength(text))
  const own = ['content-type', 'application/problem+json', REQUEST_ID_HEADER, requestId]
  const headers = [...own, 'content-length', length]
  const { allow = NODE_METHODS, bytes } = problem.facts
  if (problem.code === 'method_not_allowed') headers.push('allow', String(allow))
  if (problem.code === 'range_not_satisfiable')
    headers.push('content-range', `bytes */${String(bytes)}`)
  if (retry === 'later') headers.push('retry-after', RETRY_AFTER_S)
  for (const [name, value] of Object.entries(response.getHeaders()))
    headers.push(name, String(value))
  // who waits for 100 Continue may take this for its cue to send the next request
  if (request.headers.expect !== undefined) headers.push('connection', 'close')
  response.writeHead(status, headers).end(text)
  discardRest(request)
}

function levelOf(status: number): Level {
  if (status === 500) return 'error'
  return status > 500 ? 'warn' : 'debug'
}

/** A client that is still sending would not read our answer if we closed the connection now. */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  let discarded = 0
  const patience = setTimeout(() => request.destroy(), DISCARD_MS)
  request.once('close', () => clearTimeout(patience))
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length
    if (discarded > MAX_DISCARDED_BYTES) request.destroy()
  })
  request.resume()
}
