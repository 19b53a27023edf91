// The Content-Range of a PUT: `bytes 0-99/1000`, `bytes 0-99/*` where the length is not known yet,
// as MogileFS's clients send it, and `bytes */1000` to ask whether all has come. Pure.
import { Problem } from '#shared/problems.ts'

export interface ContentRange {
  start: number
  /** The byte after the last. */
  end: number
  /** Of the whole file, where that is known. */
  bytes: number | undefined
}

const SHAPE = /^bytes (?:(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)|\*\/(\d{1,15}))$/

/** Throws a Problem for what it cannot be. */
export function parseContentRange(text: string): ContentRange {
  const [match, first, last, length, asked] = SHAPE.exec(text.trim()) ?? []
  if (match === undefined) throw malformed(text)
  if (asked !== undefined) return { start: 0, end: 0, bytes: Number(asked) }
  const [start, end] = [Number(first), Number(last) + 1]
  const bytes = length === '*' ? undefined : Number(length)
  if (end <= start || (bytes !== undefined && end > bytes)) throw malformed(text)
  return { start, end, bytes }
}

const malformed = (text: string) => new Problem('invalid_request', { contentRange: text })
