// Overload is refused early: beyond so many requests under way, the next is told to come back.
// Those that were let in are served in time, and agents' heartbeats are not among the lost.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Events } from '#shared/events.ts'
import { Problem, problemDocument } from '#shared/problems.ts'

/** At 1,000 requests a second, whoever is let in waits for a second at most. */
export const MAX_REQUESTS = 1_000
const TELL_EVERY_MS = 1_000

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown

export interface Bounds {
  /** Of clients; and as many again of agents and operators. */
  maxRequests: number
  events: Events
}

/** Waiting does not help an agent or an operator, and without them nothing gets better. */
const ofOurs = /^\/(?:(?:health|live|ready|metrics)$|v1\/(?:agent|admin)\/)/

export function sheddingLoad(listener: Listener, { maxRequests, events }: Bounds): Listener {
  const underWay = { clients: 0, ours: 0 }
  let [refused, toldAtMs] = [0, Number.NEGATIVE_INFINITY]

  const tell = () => {
    refused += 1
    const nowMs = performance.now()
    if (nowMs - toldAtMs < TELL_EVERY_MS) return
    events.emit('warn', 'load.shed', { ...underWay, refused })
    refused = 0
    toldAtMs = nowMs
  }
  return (request, response) => {
    const whose = ofOurs.test(request.url ?? '') ? 'ours' : 'clients'
    if (underWay[whose] >= maxRequests) {
      tell()
      return refuse(response)
    }
    underWay[whose] += 1
    response.once('close', () => {
      underWay[whose] -= 1
    })
    return listener(request, response)
  }
}

function refuse(response: ServerResponse): void {
  const problem = new Problem('busy')
  const text = JSON.stringify(problemDocument(problem, crypto.randomUUID()))
  response
    .writeHead(problem.entry.status, {
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(text),
      'retry-after': '1',
    })
    .end(text)
}
