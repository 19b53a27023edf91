// What is counted of the jobs and of the syncs that bring them.
import { type Family, gauge } from '#shared/metrics/exposition.ts'
import { Histogram } from '#shared/metrics/histogram.ts'
import type { LeasedJob } from '#shared/wire/agents.ts'

export class JobMeter {
  readonly #outcomes = new Map<string, { kind: string; outcome: string; count: number }>()
  readonly #syncs = new Histogram()
  #syncedAtS: number | undefined

  ended(kind: LeasedJob['kind'], outcome: 'done' | 'retry' | 'hopeless'): void {
    const known = this.#outcomes.get(`${kind} ${outcome}`)
    if (known === undefined) this.#outcomes.set(`${kind} ${outcome}`, { kind, outcome, count: 1 })
    else known.count++
  }

  synced(tookMs: number): void {
    this.#syncs.observe(tookMs)
    this.#syncedAtS = Date.now() / 1_000
  }

  families(held: number): Family[] {
    return [
      gauge('mog_agent_jobs_held', 'Jobs leased to this agent, running or waiting.', held),
      {
        name: 'mog_agent_jobs_total',
        help: 'Jobs that ended, by kind and outcome.',
        type: 'counter',
        samples: Array.from(this.#outcomes.values(), ({ kind, outcome, count }) => ({
          labels: { kind, outcome },
          value: count,
        })),
      },
      {
        name: 'mog_agent_sync_seconds',
        help: 'How long a tracker took to answer a sync.',
        type: 'histogram',
        samples: this.#syncs.samples(),
      },
      gauge('mog_agent_synced_timestamp_seconds', 'When a tracker answered last.', this.#syncedAtS),
    ]
  }
}
