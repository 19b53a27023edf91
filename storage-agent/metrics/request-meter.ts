// What is counted of every request: to note one is a handful of additions into typed arrays.
import type { Family } from '#shared/metrics/exposition.ts'
import { Histogram } from '#shared/metrics/histogram.ts'
import type { ProblemCode } from '#shared/problems.ts'

const MAX_STATUS = 600
/** What is none of these is counted as `other`: a client may send any word as its method. */
const VERBS = [
  'GET',
  'HEAD',
  'PUT',
  'DELETE',
  'MKCOL',
  'COPY',
  'MOVE',
  'PROPFIND',
  'PROPPATCH',
  'LOCK',
  'UNLOCK',
  'OPTIONS',
  'POST',
  'PATCH',
  'other',
] as const

class VerbMeter {
  readonly byStatus = new Float64Array(MAX_STATUS)
  readonly latency = new Histogram()
}

export class RequestMeter {
  readonly #verbs = new Map<string, VerbMeter>(VERBS.map((verb) => [verb, new VerbMeter()]))
  readonly #refusals = new Map<ProblemCode, number>()

  /** One answer, whole or broken off; `tookMs` from its head's arrival to our last byte. */
  answered(method: string, status: number, tookMs: number): void {
    const verb = this.#verbs.get(method) ?? this.#verbs.get('other')
    if (verb === undefined) return
    verb.byStatus[status] = (verb.byStatus[status] ?? 0) + 1
    verb.latency.observe(tookMs)
  }

  refused(code: ProblemCode): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1)
  }

  families(): Family[] {
    const verbs = [...this.#verbs]
    return [
      {
        name: 'mog_agent_requests_total',
        help: 'Requests by verb and status.',
        type: 'counter',
        samples: verbs.flatMap(([verb, { byStatus }]) =>
          [...byStatus.entries()]
            .filter(([, count]) => count > 0)
            .map(([status, value]) => ({ labels: { verb, status }, value })),
        ),
      },
      {
        name: 'mog_agent_request_seconds',
        help: 'How long requests took, from their head to the last byte of the answer.',
        type: 'histogram',
        samples: verbs.flatMap(([verb, { latency }]) => latency.samples({ verb })),
      },
      {
        name: 'mog_agent_refusals_total',
        help: 'Requests that were refused, by the code of the refusal.',
        type: 'counter',
        samples: Array.from(this.#refusals, ([code, value]) => ({ labels: { code }, value })),
      },
    ]
  }
}
