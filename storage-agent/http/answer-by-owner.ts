// Which process answers a request that node:http has read: this one, or, while one agent takes
// over from another, whoever owns the devices. Files are read by whoever is asked.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '#shared/problems.ts'
import { relaySocket } from '../processes/relay-socket.ts'
import type { Admission } from './admission.ts'
import { answerAsReader, answerRequest } from './answer-request.ts'
import type { HttpDeps } from './exchange.ts'
import { forward } from './forward.ts'
import { isReading } from './ownership.ts'

export async function answerByOwner(
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
  admission: Admission,
  deps: HttpDeps,
): Promise<void> {
  // HTTP/0.9 had neither fields nor bodies: nobody can say where one of its requests ends
  if (request.httpVersionMajor < 1) throw new Problem('invalid_request', { http: '0.9' })
  const { ownership, passOn, root, isLocal } = deps
  const { method = '', url = '', socket } = request
  const reads = isReading(`${method} ${url} `)
  if (!reads) {
    await ownership.come()
    if (ownership.isGiven) {
      const socketPath = relaySocket(root, socket, isLocal)
      return forward(request, response, { socketPath, awaitsContinue })
    }
  }
  if (passOn !== undefined) return answerAsReader(request, response, admission, deps)
  const changes = method !== 'GET' && method !== 'HEAD'
  using _ = changes ? ownership.enter(socket) : undefined
  await answerRequest(request, response, awaitsContinue, admission, deps)
}
