// Aligned columns, and text that cannot play tricks on a terminal.

export type Column = readonly [title: string, align?: 'right']

/** Each column as wide as its widest cell; the last one is not padded. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(([title]) => title), ...rows.map((row) => row.map(printable))]
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => widthOf(line[at] ?? ''))))

  const cell = (text: string, at: number) => {
    const gap = ' '.repeat((widths[at] ?? 0) - widthOf(text))
    return columns[at]?.[1] === 'right' ? gap + text : text + gap
  }
  return lines.map((line) => line.map(cell).join('  ').trimEnd()).join('\n')
}

/** Names and their values, one on each line. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join('\n')
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Keys may hold anything: escape sequences, line breaks, a change of direction. */
export const printable = (text: string): string =>
  text.replaceAll(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

const graphemes = new Intl.Segmenter()
const widthOf = (text: string): number => [...graphemes.segment(text)].length
