// What a bench is: a name, and rows of the table, each with what it should reach. Pure.

export interface Bench {
  /** What `npm run bench -- NAME` runs. */
  name: string
  /** Sets up, measures, takes down. Everything that it makes lies in `dir`. */
  run(dir: string): Promise<Row[]>
}

/** A share of the reference, or a figure of our own. */
export type Wanted = { ratioAtLeast: number } | { oursAtLeast: number } | { oursAtMost: number }

export interface Row {
  what: string
  /** Of both figures: `files/s`. */
  unit: string
  ours: number
  /** Undefined where it is not there to be measured, or where there is none. */
  reference?: number | undefined
  wanted?: Wanted
  /** What a reader of the figures should know: CPU, conditions, what was absent. */
  notes: string[]
}

export type Verdict = 'ok' | 'SHORT' | 'no reference' | ''

export const ratioOf = ({ ours, reference }: Row): number | undefined =>
  reference === undefined ? undefined : ours / reference

export function verdictOf(row: Row): Verdict {
  const { wanted, ours } = row
  if (wanted === undefined) return ''
  if ('oursAtLeast' in wanted) return ours >= wanted.oursAtLeast ? 'ok' : 'SHORT'
  if ('oursAtMost' in wanted) return ours <= wanted.oursAtMost ? 'ok' : 'SHORT'
  const ratio = ratioOf(row)
  if (ratio === undefined) return 'no reference'
  return ratio >= wanted.ratioAtLeast ? 'ok' : 'SHORT'
}
