// What a tracker counts of its own requests, where its process lives long enough to be asked: on
// Node. An isolate on Workers lives for moments, and counts nothing.
import type { Family } from '#shared/metrics/exposition.ts'

export interface Meter {
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number
  /** `route` is the pattern of the URL: `GET /v1/domains/:domain/files`. */
  answered(route: string, status: number, tookMs: number): void
  families(): Family[]
}
