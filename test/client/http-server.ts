// A real HTTP server of one test: the seam of the SDK is the wire.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Problem, type ProblemCode, problemDocument } from '#shared/problems.ts'

/** May answer later, or never. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

export interface HttpServer extends AsyncDisposable {
  url: string
}

export async function httpServer(answer: Answer): Promise<HttpServer> {
  const serve: Answer = async (request, response) => {
    try {
      await answer(request, response)
    } catch (error) {
      if (!request.destroyed) throw error // otherwise the client went away in the middle of it
    }
  }
  const server = createServer((request, response) => void serve(request, response))
  const listening = Promise.withResolvers<undefined>()
  server.listen(0, '127.0.0.1', () => listening.resolve(undefined))
  await listening.promise

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const close = async () => {
    const closed = Promise.withResolvers<undefined>()
    server.close(() => closed.resolve(undefined))
    server.closeAllConnections()
    await closed.promise
  }
  return { url: `http://127.0.0.1:${address.port}`, [Symbol.asyncDispose]: close }
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export function answerProblem(
  response: ServerResponse,
  problem: Problem,
  headers: Record<string, string> = {},
): void {
  const document = problemDocument(problem, 'request-1')
  response.writeHead(document.status, { 'content-type': 'application/problem+json', ...headers })
  response.end(JSON.stringify(document))
}

/** Refuses before it looks at the body. */
export const refuses =
  (code: ProblemCode, headers?: Record<string, string>): Answer =>
  (request, response) => {
    request.resume()
    answerProblem(response, new Problem(code), headers)
  }

/** As a process that is killed: the connection is reset. */
export const dies: Answer = (request) => request.socket.resetAndDestroy()
