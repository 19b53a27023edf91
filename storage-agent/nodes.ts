// Other agents, from which this one pulls copies: kept-alive connections, and little patience with
// a node that is down, because another one may hold the same file.
import { Agent, request } from 'undici'
import { NODE_ANSWER_MS, NODE_CONNECT_MS, NODE_CONNECTIONS, NODE_STALL_MS } from './limits.ts'

export interface Nodes extends AsyncDisposable {
  /** The body of a file, or why there is none. The caller reads it or destroys it. */
  get: (url: string, signal: AbortSignal) => Promise<NodeAnswer>
}

export type NodeAnswer =
  | { body: AsyncIterable<Uint8Array>; discard: () => void }
  | { body?: undefined; reason: string }

export function nodes(): Nodes {
  const dispatcher = new Agent({
    connect: { timeout: NODE_CONNECT_MS },
    headersTimeout: NODE_ANSWER_MS,
    bodyTimeout: NODE_STALL_MS,
    connections: NODE_CONNECTIONS,
  })
  return {
    async get(url, signal) {
      try {
        const { statusCode, body } = await request(url, { dispatcher, signal })
        if (statusCode === 200) return { body, discard: () => body.destroy() }
        await body.dump()
        return { reason: `answered ${statusCode}` }
      } catch (error) {
        signal.throwIfAborted()
        return { reason: error instanceof Error ? error.message : String(error) }
      }
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}
