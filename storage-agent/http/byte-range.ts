// The Range header (RFC 9110 section 14), for one range: several, or what we do not understand, is
// as if it were not there, and the whole file is the answer.

export interface ByteRange {
  start: number
  /** The byte after the last. */
  end: number
}

const SHAPE = /^bytes=(\d{0,16})-(\d{0,16})$/

export function parseRange(
  header: string | undefined,
  bytes: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = header === undefined ? null : SHAPE.exec(header.replaceAll(' ', ''))
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
