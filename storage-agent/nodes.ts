// Other agents, from which this one pulls copies: kept-alive connections, and little patience with
// a node that is down, because another one may hold the same file.
import { Agent, request } from 'undici'
import { NODE_ANSWER_MS, NODE_CONNECT_MS, NODE_CONNECTIONS, NODE_STALL_MS } from './limits.ts'

export interface Nodes extends AsyncDisposable {
  /** A stretch of a file, or why there is none. The caller reads the body or discards it. */
  get: (url: string, ask: Stretch, options: GetOptions) => Promise<NodeAnswer>
  /** Stretches that are on their way from this URL's node now. */
  underWay: (url: string) => number
}

/** From `start` up to, not including, `end`, of a file of `bytes`. */
export interface Stretch {
  start: number
  end: number
  bytes: number
}

export interface GetOptions {
  signal: AbortSignal
  /** A body that stands still for so long is broken off. */
  stallMs?: number
}

export type NodeAnswer =
  | { body: AsyncIterable<Uint8Array>; discard: () => void }
  /** `isBusy`: it asks to come again a little later. */
  | { body?: undefined; reason: string; isBusy: boolean }

export function nodes(): Nodes {
  const dispatcher = new Agent({
    connect: { timeout: NODE_CONNECT_MS },
    headersTimeout: NODE_ANSWER_MS,
    bodyTimeout: NODE_STALL_MS,
    connections: NODE_CONNECTIONS,
  })
  const busy = new Map<string, number>()
  const count = (origin: string, more: number) => {
    const now = (busy.get(origin) ?? 0) + more
    if (now > 0) busy.set(origin, now)
    else busy.delete(origin)
  }
  return {
    async get(url, ask, { signal, stallMs = NODE_STALL_MS }) {
      const origin = originOf(url)
      count(origin, 1)
      const leave = once(() => count(origin, -1))
      try {
        const headers = isWhole(ask) ? {} : { range: `bytes=${ask.start}-${ask.end - 1}` }
        const options = { dispatcher, signal, headers, bodyTimeout: stallMs }
        const answer = await request(url, options)
        const { body, statusCode } = answer
        const lie = whyNot(statusCode, answer.headers, ask)
        if (lie === undefined) {
          body.once('close', leave)
          return { body, discard: () => body.destroy() }
        }
        leave()
        await throwAway(body, statusCode)
        const isBusy = statusCode === 503 && answer.headers['retry-after'] !== undefined
        return { reason: lie, isBusy }
      } catch (error) {
        leave()
        signal.throwIfAborted()
        return { reason: error instanceof Error ? error.message : String(error), isBusy: false }
      }
    },
    underWay: (url) => busy.get(originOf(url)) ?? 0,
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}

/** The connection is kept where little is left to read; a file that is not wanted may be long. */
async function throwAway(body: Awaited<ReturnType<typeof request>>['body'], status: number) {
  if (status >= 300) return body.dump()
  body.once('error', () => undefined) // that it was aborted, by us
  body.destroy()
}

const isWhole = ({ start, end, bytes }: Stretch) => start === 0 && end === bytes

/** Why an answer is not the stretch that was asked for, before its body is read; or undefined. */
export function whyNot(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  ask: Stretch,
): string | undefined {
  const { start, end, bytes } = ask
  if (status !== (isWhole(ask) ? 200 : 206)) return `answered ${status}`
  const place = headers['content-range']
  if (!isWhole(ask) && place !== `bytes ${start}-${end - 1}/${bytes}`)
    return `sent another range: ${String(place)}`
  const length = headers['content-length']
  const isRight = length === undefined || Number(length) === end - start
  return isRight ? undefined : `sends ${String(length)} bytes`
}

const originOf = (url: string) => /^\w+:\/\/[^/]*/.exec(url)?.[0] ?? url

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}
