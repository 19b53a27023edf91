// Whether a process takes up more and more: later samples of it against those after its warm-up.
import type { Sample } from './samples.ts'

export interface Growth {
  name: string
  what: 'memoryMb' | 'descriptors'
  before: number
  after: number
}

/** Growth that is no noise is both: a quarter as much again, and more than this. */
const NOISE = { memoryMb: 40, descriptors: 24 }
const MIN_SHARE = 1.25
/** Of one that was killed earlier, nothing is said: it has hardly warmed up. */
const MIN_LIFE_S = 180

/** Medians of the second third of each life, and of the last sixth of it. */
export function growthOf(samples: readonly Sample[]): Growth[] {
  const lives = Map.groupBy(
    samples.flatMap(({ atS, processes }) => processes.map((each) => ({ ...each, atS }))),
    ({ pid }) => pid,
  )
  return [...lives.values()].flatMap((life) => {
    const [first, last] = [life[0], life.at(-1)]
    if (first === undefined || last === undefined || last.atS - first.atS < MIN_LIFE_S) return []
    return (['memoryMb', 'descriptors'] as const).map((what) => {
      const values = life.map((each) => each[what])
      const third = Math.floor(values.length / 3)
      const before = medianOf(values.slice(third, 2 * third))
      const after = medianOf(values.slice(-Math.max(1, Math.floor(third / 2))))
      return { name: first.name, what, before, after }
    })
  })
}

export const isLeak = ({ what, before, after }: Growth): boolean =>
  after > before * MIN_SHARE && after > before + NOISE[what]

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
