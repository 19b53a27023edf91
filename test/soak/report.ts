// What a soak has shown, in a few lines for people and for TRUST.md.
import { type Growth, growthOf } from './samples.ts'
import type { Soaked } from './soak.ts'

export interface SoakVerdict {
  lines: string[]
  /** Sentences; empty: it is good. */
  faults: string[]
}

/** Growth after the warm-up that is not noise: half as much again, and more than that. */
const NOISE = { rssMb: 60, descriptors: 60 }
const MAX_JOBS = 20_000

export function judge({ tally, samples, kills, stops, seconds }: Soaked): SoakVerdict {
  const growth = growthOf(samples)
  const most = Math.max(0, ...samples.map(({ rows }) => rows['job'] ?? 0))
  const last = samples.at(-1)?.rows ?? {}
  const faults = [
    ...tally.lost.map((each) => `lost: ${each}`),
    ...growth.filter(isLeak).map((each) => `it grows: ${inWords(each)}`),
    ...(most > MAX_JOBS ? [`${most} jobs at once`] : []),
  ]
  const done = Object.values(tally.took).reduce((sum, { length }) => sum + length, 0)
  const lines = [
    `${Math.round(seconds)} s, ${done} operations, ${kills} agents killed, ${stops} stopped`,
    `lost: ${tally.lost.length}`,
    ...Object.entries(tally.took).map(
      ([verb, took]) => `${verb}: ${took.length}, ${percentiles(took)}`,
    ),
    `errors: ${[...tally.errors].map(([name, times]) => `${name} ${times}`).join(', ') || 'none'}`,
    ...growth.map(inWords),
    `rows: at most ${most} jobs; in the end ${Object.entries(last)
      .map(([table, rows]) => `${rows} in ${table}`)
      .join(', ')}`,
  ]
  return { lines, faults }
}

const isLeak = ({ what, before, after }: Growth) =>
  after > before * 1.5 && after > before + NOISE[what]

const inWords = ({ name, what, before, after }: Growth) =>
  `${name}: ${what === 'rssMb' ? 'MB' : 'descriptors'} ${before}, in the end ${after}`

function percentiles(took: readonly number[]): string {
  const sorted = took.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`
}
