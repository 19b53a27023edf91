// Names on their way into URLs. What no server would take is refused here: a lone surrogate would
// arrive as another name.
import { Key } from '../ids.ts'
import { problems } from '../problems.ts'
import { refuse } from './refusal.ts'

export function checkedKey(key: string): string {
  if (!Key.safeParse(key).success) throw refuse('invalid_key', problems.invalid_key.title)
  return key
}

/** `.` and `..` cannot be a segment: URL parsers fold them, however they are written. */
export function segment(name: string): string {
  const isSegment = name !== '' && name !== '.' && name !== '..' && name.isWellFormed()
  if (!isSegment) throw refuse('invalid_request', `${JSON.stringify(name)} cannot stand in a URL`)
  return encodeURIComponent(name)
}
