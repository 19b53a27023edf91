// What Node's parser cannot read: a request that is none, or a body that ends in its middle while
// the client still listens. It is told so like any other refusal.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Problem } from '#shared/problems.ts'
import { rawRefusal } from '#shared/raw-refusal.ts'

interface UnderWay {
  request: IncomingMessage
  response: ServerResponse
}

export class BrokenRequests {
  /** The last request of each connection: a broken one is the one that is under way. */
  readonly #last = new WeakMap<Duplex, UnderWay>()

  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#last.set(request.socket, { request, response })
  }

  /** The server's `clientError`: the connection is ours to end. */
  answer(error: Error, socket: Duplex, requestId: string): void {
    const last = this.#last.get(socket)
    const isUnderWay = last !== undefined && !last.response.writableEnded
    if (!isUnderWay) return endWith(socket, new Problem('invalid_request'), requestId)
    const { request, response } = last
    if (response.headersSent || request.listenerCount('error') === 0) {
      socket.destroy(error)
      return
    }
    response.setHeader('connection', 'close')
    response.once('finish', () => socket.destroy())
    request.emit('error', error) // whoever reads the body refuses it
  }
}

/** The last words on a connection of which no request is under way. */
export function endWith(socket: Duplex, problem: Problem, requestId: string): void {
  if (socket.writable) socket.end(rawRefusal(problem, requestId))
  else socket.destroy()
}
