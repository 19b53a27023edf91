// What never becomes a request of the app: bytes that are no HTTP, URLs that are none. Refused in
// words, as everything else is: a URL with an `é` as it was typed, for one, not percent-encoded.
import type { Duplex } from 'node:stream'
import { RequestError } from '@hono/node-server'
import { type Events, errorFacts } from '#shared/events.ts'
import { Problem, problemDocument } from '#shared/problems.ts'
import { rawRefusal } from '#shared/raw-refusal.ts'

/** Of the server's `clientError`: Node's parser has given up. */
export function refuseUnreadable(error: Error, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const problem = new Problem('invalid_request', { problem: error.message })
  socket.end(rawRefusal(problem, crypto.randomUUID()))
}

/** Of the listener: the request makes no URL, or something else of ours went wrong. */
export const refuseUnmade =
  (events: Events) =>
  (error: unknown): Response => {
    const problem =
      error instanceof RequestError
        ? new Problem('invalid_request', { problem: error.message })
        : new Problem('internal', {}, { cause: error })
    const requestId = crypto.randomUUID()
    if (problem.code === 'internal')
      events.emit('error', 'request.failed', { requestId, ...errorFacts(error) })
    return new Response(JSON.stringify(problemDocument(problem, requestId)), {
      status: problem.entry.status,
      headers: { 'content-type': 'application/problem+json' },
    })
  }
