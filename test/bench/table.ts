// Rows as a table that a person reads, each with its notes below it. Pure.
import { type Row, ratioOf, verdictOf, type Wanted } from './bench.ts'

const HEAD = ['what', 'ours', 'reference', 'ratio', 'wanted', 'verdict'] as const
/** Text to the left, figures to the right. */
const LEFT = new Set([0, 5])
const GAP = '  '

export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(cellsOf)
  const widths = HEAD.map((head, column) =>
    Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return LEFT.has(column) ? cell.padEnd(width) : cell.padStart(width)
      })
      .join(GAP)
      .trimEnd()
  const body = rows.flatMap(({ notes }, index) => [
    line(cells[index] ?? []),
    ...notes.map((note) => `    ${note}`),
  ])
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...body].join('\n')
}

function cellsOf(row: Row): string[] {
  const ratio = ratioOf(row)
  return [
    row.what,
    `${figure(row.ours)} ${row.unit}`,
    row.reference === undefined ? '-' : `${figure(row.reference)} ${row.unit}`,
    ratio === undefined ? '-' : ratio.toFixed(2),
    wantedText(row.wanted),
    verdictOf(row),
  ]
}

function wantedText(wanted: Wanted | undefined): string {
  if (wanted === undefined) return ''
  if ('ratioAtLeast' in wanted) return `ratio >= ${wanted.ratioAtLeast}`
  if ('oursAtLeast' in wanted) return `>= ${figure(wanted.oursAtLeast)}`
  return `<= ${figure(wanted.oursAtMost)}`
}

/** Three figures are known, at best. */
export const figure = (value: number): string =>
  value.toLocaleString('en', { maximumSignificantDigits: 3 })
