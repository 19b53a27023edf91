// A request that the successor of this process has to answer: passed on to it over a socket in the
// agent's root, and its answer passed back. The connection, which is ours, ends with it.
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Problem } from '#shared/problems.ts'
import { discardRest } from './refuse.ts'

/** What speaks of one connection, not of what is sent over it. */
const OF_A_CONNECTION: ReadonlySet<string> = new Set(['connection', 'keep-alive'])

interface Forwarding {
  socketPath: string
  /** The client sends its body only after a `100 Continue`. */
  awaitsContinue: boolean
}

export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { socketPath, awaitsContinue }: Forwarding,
): Promise<void> {
  const { method, url: path } = request
  response.shouldKeepAlive = false
  const headers = [...withoutConnection(request.rawHeaders), 'connection', 'close']
  const onward = ask({ socketPath, method, path, headers, agent: false })
  const answered = Promise.withResolvers<IncomingMessage>()
  onward.once('response', answered.resolve)
  onward.on('error', answered.reject)
  // a client that leaves in the middle of its body must not look as if it had sent all of it
  response.once('close', () => onward.destroy())
  if (awaitsContinue) {
    onward.once('continue', () => {
      response.writeContinue()
      request.pipe(onward)
    })
    onward.flushHeaders()
  } else request.pipe(onward)
  const answer = await answered.promise.catch((error: unknown) => {
    throw new Problem('busy', { reason: 'the agent is being replaced' }, { cause: error })
  })
  request.unpipe(onward)
  const { statusCode = 502, rawHeaders } = answer
  response.writeHead(statusCode, withoutConnection(rawHeaders, 'transfer-encoding'))
  discardRest(request)
  await pipeline(answer, response)
}

function withoutConnection(raw: readonly string[], also?: string): string[] {
  const kept: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2)
    const lower = name.toLowerCase()
    if (!OF_A_CONNECTION.has(lower) && lower !== also) kept.push(name, value)
  }
  return kept
}
