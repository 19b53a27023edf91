// Metrics as Prometheus reads them: its text format, version 0.0.4. Names carry their unit,
// counters end in `_total`, times are in seconds.

export interface Sample {
  value: number
  labels?: Readonly<Record<string, string | number>>
  /** What follows the family's name: `_bucket`, `_sum` and `_count` of a histogram. */
  suffix?: string
}

export interface Family {
  name: string
  /** One sentence, for who meets the name in a list. */
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  samples: readonly Sample[]
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export const exposition = (families: readonly Family[]): string => families.map(textOf).join('')

function textOf({ name, help, type, samples }: Family): string {
  const head = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
  const lines = samples.map(
    ({ value, labels = {}, suffix = '' }) =>
      `${name}${suffix}${labelsOf(labels)} ${numberOf(value)}\n`,
  )
  return head + lines.join('')
}

function labelsOf(labels: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(String(value))}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escape = (text: string) => escapeHelp(text).replaceAll('"', '\\"')

function numberOf(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

type Labels = NonNullable<Sample['labels']>

/** A family of one number, or of none where it is not known. */
export const gauge = (name: string, help: string, value: number | undefined): Family => ({
  name,
  help,
  type: 'gauge',
  samples: value === undefined ? [] : [{ value }],
})

/** One sample for each thing that has a value. */
export function ofEach<Thing>(
  type: 'counter' | 'gauge',
  things: Iterable<Thing>,
  labelsFor: (thing: Thing) => Labels,
) {
  const all = [...things]
  return (
    name: string,
    help: string,
    valueOf: (thing: Thing) => number | null | undefined,
  ): Family => ({
    name,
    help,
    type,
    samples: all.flatMap((thing) => {
      const value = valueOf(thing)
      return value === undefined || value === null ? [] : [{ value, labels: labelsFor(thing) }]
    }),
  })
}
