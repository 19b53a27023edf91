// The Range header (RFC 9110 section 14). What we do not understand, or what asks for more than the
// file by overlapping ranges, is as if it were not there, and the whole file is the answer.
import { MAX_RANGES } from './limits.ts'

export interface ByteRange {
  start: number
  /** The byte after the last. */
  end: number
}

const ONE = /^(\d{0,16})-(\d{0,16})$/

/** Those that the file has, in the order in which they were asked for; empty: it has none. */
export function parseRanges(
  header: string | undefined,
  bytes: number,
): readonly ByteRange[] | undefined {
  const list = /^bytes=(.+)$/.exec(header?.replaceAll(/[ \t]/g, '') ?? '')?.[1]?.split(',') ?? []
  if (list.length === 0 || list.length > MAX_RANGES) return undefined
  const ranges = list.map((text) => parseOne(text, bytes))
  if (ranges.includes(undefined)) return undefined
  const found = ranges.filter((range) => typeof range === 'object')
  const asked = found.reduce((sum, { start, end }) => sum + end - start, 0)
  return asked > bytes ? undefined : found
}

function parseOne(text: string, bytes: number): ByteRange | 'unsatisfiable' | undefined {
  const match = ONE.exec(text)
  if (match === null) return undefined
  const [, first = '', last = ''] = match
  if (first === '') return last === '' ? undefined : suffix(Number(last), bytes)

  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined // not a range at all, says the RFC
  if (start >= bytes) return 'unsatisfiable'
  return { start, end: last === '' ? bytes : Math.min(Number(last) + 1, bytes) }
}

const suffix = (length: number, bytes: number): ByteRange | 'unsatisfiable' =>
  length === 0 || bytes === 0 ? 'unsatisfiable' : { start: Math.max(bytes - length, 0), end: bytes }
