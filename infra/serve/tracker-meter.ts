// What a tracker on Node counts of its requests, its statements and itself.

import type { CountedEvents } from '#shared/metrics/counted-events.ts'
import { type Family, gauge, ofEach, type Sample } from '#shared/metrics/exposition.ts'
import { Histogram } from '#shared/metrics/histogram.ts'
import type { Meter } from '#tracker/metrics/meter.ts'
import type { PgDb } from './pg-db.ts'

class RouteMeter {
  readonly byStatus = new Map<number, number>()
  readonly latency = new Histogram()
}

export class TrackerMeter implements Meter {
  readonly #routes = new Map<string, RouteMeter>()
  readonly #events: CountedEvents
  readonly #statements: PgDb['times']

  constructor(events: CountedEvents, statements: PgDb['times']) {
    this.#events = events
    this.#statements = statements
  }

  nowMs(): number {
    return performance.now()
  }

  answered(route: string, status: number, tookMs: number): void {
    const meter = this.#routes.get(route) ?? new RouteMeter()
    this.#routes.set(route, meter)
    meter.byStatus.set(status, (meter.byStatus.get(status) ?? 0) + 1)
    meter.latency.observe(tookMs)
  }

  families(): Family[] {
    const routes = [...this.#routes]
    return [
      {
        name: 'mog_tracker_requests_total',
        help: 'Requests by route and status.',
        type: 'counter',
        samples: routes.flatMap(([route, { byStatus }]) =>
          Array.from(byStatus, ([status, value]): Sample => ({ labels: { route, status }, value })),
        ),
      },
      {
        name: 'mog_tracker_request_seconds',
        help: 'How long requests took.',
        type: 'histogram',
        samples: routes.flatMap(([route, { latency }]) => latency.samples({ route })),
      },
      {
        name: 'mog_tracker_statement_seconds',
        help: 'How long the database took to answer a statement that reads, or writes.',
        type: 'histogram',
        samples: [
          ...this.#statements.read.samples({ way: 'read' }),
          ...this.#statements.write.samples({ way: 'write' }),
        ],
      },
      this.#events.family('mog_tracker_events_total'),
      ...processFamilies(),
    ]
  }
}

function processFamilies(): Family[] {
  const { user, system } = process.cpuUsage()
  const cpu = [
    { mode: 'user', seconds: user / 1e6 },
    { mode: 'system', seconds: system / 1e6 },
  ]
  const startedS = Date.now() / 1_000 - process.uptime()
  return [
    gauge('mog_tracker_start_time_seconds', 'When the process began, in Unix time.', startedS),
    gauge('mog_tracker_resident_bytes', 'Memory of the process.', process.memoryUsage.rss()),
    ofEach('counter', cpu, ({ mode }) => ({ mode }))(
      'mog_tracker_cpu_seconds_total',
      'CPU time of the process.',
      ({ seconds }) => seconds,
    ),
  ]
}
