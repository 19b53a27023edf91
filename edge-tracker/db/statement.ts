// A statement is its whole text with every value bound: `${}` cannot splice SQL.
// Rows are parsed by the schema that stands at the statement, so a row is the wire shape.
import type * as z from 'zod'

export interface Statement<Row> {
  /** Names the prepared statement: a digest of the text. Empty: it is not kept prepared. */
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
  readonly row: z.ZodType<Row>
}

/** The tag of a statement whose rows have this schema. */
export const statement =
  <Row>(row: z.ZodType<Row>) =>
  (strings: TemplateStringsArray, ...values: unknown[]): Statement<Row> => ({
    ...textOf(strings),
    values,
    row,
  })

/** A template's strings are one object for ever: its text is joined once. */
const texts = new WeakMap<TemplateStringsArray, { name: string; text: string }>()

function textOf(strings: TemplateStringsArray) {
  const known = texts.get(strings)
  if (known !== undefined) return known
  const text = strings.reduce((before, part, index) => `${before}$${index}${part}`)
  const made = { name: digest(text), text }
  texts.set(strings, made)
  return made
}

/** FNV-1a, twice with different seeds: 64 bits, enough for some hundred statements. */
function digest(text: string): string {
  const half = (seed: number) => {
    let hash = seed
    for (let at = 0; at < text.length; at++)
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
    return hash.toString(16).padStart(8, '0')
  }
  return `s${half(0x811c9dc5)}${half(0x9747b28c)}`
}
