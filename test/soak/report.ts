// What a soak has shown, in a few lines for people and for TRUST.md.
import { type Growth, growthOf, isLeak } from './growth.ts'
import { type Sample, waitingIn } from './samples.ts'
import type { Soaked } from './soak.ts'

export interface SoakVerdict {
  lines: string[]
  /** Sentences; empty: it is good. */
  faults: string[]
}

const MAX_JOBS = 20_000

/** What a client is told while a node is away or hurried, and what an SDK repeats in vain. */
const EXPLAINED = new Set([
  'unreachable', // the node died under the request, and no other was offered
  'no_readable_replica', // the only copy so far is at the node that is away
  'no_devices',
  'busy',
  'device_unavailable',
])

export function judge({ tally, samples, kills, stops, seconds }: Soaked): SoakVerdict {
  const growth = growthOf(samples)
  const most = (table: string) => Math.max(0, ...samples.map(({ rows }) => rows[table] ?? 0))
  const last = samples.at(-1)
  const errors = [...tally.errors].toSorted(([a], [b]) => a.localeCompare(b))
  const faults = [
    ...tally.lost.map((each) => `lost: ${each}`),
    ...tally.unsettled,
    ...errors
      .filter(([name]) => !EXPLAINED.has(name.split(' ')[1] ?? ''))
      .map(([name, times]) => `not explained: ${name}, ${times} times`),
    ...growth.filter(isLeak).map((each) => `it grows: ${inWords(each)}`),
    ...(most('job') > MAX_JOBS ? [`${most('job')} jobs at once`] : []),
    ...(last === undefined ? ['nothing was measured'] : waitingIn(last).map(inTheEnd(last))),
  ]
  const done = Object.values(tally.took).reduce((sum, { length }) => sum + length, 0)
  const lines = [
    `${Math.round(seconds)} s, ${done} operations, ${kills} agents killed, ${stops} stopped`,
    `lost: ${tally.lost.length}`,
    ...Object.entries(tally.took).map(
      ([verb, took]) => `${verb}: ${took.length}, ${percentiles(took)}`,
    ),
    `errors: ${errors.map(([name, times]) => `${name} ${times}`).join(', ') || 'none'}`,
    ...growth.map(inWords),
    ...Object.keys(last?.rows ?? {}).map(
      (table) => `rows of ${table}: at most ${most(table)}, in the end ${last?.rows[table]}`,
    ),
    `database: ${samples[0]?.databaseMb} MB, in the end ${last?.databaseMb}`,
  ]
  return { lines, faults }
}

const inTheEnd = (last: Sample) => (table: string) =>
  `${last.rows[table]} rows of ${table} wait in the end`

const inWords = ({ name, what, before, after }: Growth) =>
  `${name}: ${what === 'memoryMb' ? 'MB' : 'descriptors'} ${before}, in the end ${after}`

function percentiles(took: readonly number[]): string {
  const sorted = took.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  return [0.5, 0.95, 0.99]
    .map((share) => `p${share * 100} ${at(share)} ms`)
    .join(', ')
    .concat(`, longest ${at(1)} ms`)
}
