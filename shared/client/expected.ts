// What a write expects under its key, in the words of the SDK and of the wire.
import type { Condition } from '../preconditions.ts'

/** A fid or a checksum; `*` for whatever is there. */
export type Tag = number | string

/** Where it is not so, nothing is done, and a Refusal `precondition_failed` is thrown. */
export interface Expected {
  /** The key holds one of these. */
  ifMatch?: Tag | readonly Tag[] | undefined
  /** It holds none of these; `*`: it holds nothing. */
  ifNoneMatch?: Tag | readonly Tag[] | undefined
}

const listed = (tags: Expected['ifMatch']): string[] | undefined =>
  tags === undefined ? undefined : [tags].flat().map(String)

/** As fields of a body. */
export const conditionOf = ({ ifMatch, ifNoneMatch }: Expected): Condition => ({
  ifMatch: listed(ifMatch),
  ifNoneMatch: listed(ifNoneMatch),
})

const field = (tags: readonly string[]) =>
  tags.map((tag) => (tag === '*' ? tag : `"${tag}"`)).join(', ')

/** As headers. */
export function headersOf(expected: Expected): Record<string, string> {
  const { ifMatch, ifNoneMatch } = conditionOf(expected)
  return {
    ...(ifMatch !== undefined && { 'if-match': field(ifMatch) }),
    ...(ifNoneMatch !== undefined && { 'if-none-match': field(ifNoneMatch) }),
  }
}
