// How long things took, by buckets, for a path that is taken tens of thousands of times a second:
// to note one is a few comparisons and three additions into a typed array, and allocates nothing.
import type { Sample } from './exposition.ts'

/** Upper bounds in milliseconds: what a page cache, an NVMe, a disk and a stuck disk take. */
const BOUNDS_MS = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
] as const
const BUCKETS = BOUNDS_MS.length + 1

export class Histogram {
  readonly #bounds = Float64Array.from(BOUNDS_MS)
  readonly #counts = new Float64Array(BUCKETS)
  readonly #sumMs = new Float64Array(1)

  observe(ms: number): void {
    const bounds = this.#bounds
    let bucket = 0
    while (bucket < bounds.length && ms > (bounds[bucket] ?? 0)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sumMs[0] = (this.#sumMs[0] ?? 0) + ms
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  /** In seconds; none before the first was noted. */
  samples(labels: Readonly<Record<string, string | number>> = {}): Sample[] {
    if (this.count === 0) return []
    let below = 0
    const buckets = Array.from(this.#counts, (count, at): Sample => {
      below += count
      const bound = BOUNDS_MS[at]
      const le = bound === undefined ? '+Inf' : String(bound / 1_000)
      return { suffix: '_bucket', labels: { ...labels, le }, value: below }
    })
    return [
      ...buckets,
      { suffix: '_sum', labels, value: (this.#sumMs[0] ?? 0) / 1_000 },
      { suffix: '_count', labels, value: below },
    ]
  }
}
