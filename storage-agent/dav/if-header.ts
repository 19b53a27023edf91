// The If header (RFC 4918 section 10.4): lists of conditions, one of which must hold for the
// resource that it names. Pure: text in, conditions and their verdict out.
import { Problem } from '#shared/problems.ts'
import { MAX_IF_CONDITIONS } from '../limits.ts'

export interface Condition {
  isNegated: boolean
  /** A lock token, or any other URI that names a state; or else an entity tag, with its quotes. */
  token?: string
  etag?: string
}

export interface ConditionList {
  /** The URI of the resource that it is about; undefined: the request's own. */
  resource: string | undefined
  conditions: readonly Condition[]
}

const TAG = /\s*<([^<>\s]+)>\s*/uy
const OPEN = /\s*\(\s*/uy
const CONDITION = /(Not\s*)?(?:<([^<>\s]+)>|\[\s*((?:W\/)?"[^"]*")\s*\])\s*/giuy
const CLOSE = /\)\s*/uy

/** Throws a Problem where it cannot be read: it was meant to protect. */
export function parseIf(text: string): ConditionList[] {
  let at = 0
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match !== null) at = pattern.lastIndex
    return match
  }
  const lists: ConditionList[] = []
  let resource: string | undefined
  let left = MAX_IF_CONDITIONS
  while (at < text.length) {
    const tag = take(TAG)
    if (tag !== null) resource = tag[1]
    if (take(OPEN) === null) throw unreadable(text)
    const conditions: Condition[] = []
    for (let match = take(CONDITION); match !== null; match = take(CONDITION)) {
      const [, not, token, etag] = match
      if (--left < 0) throw unreadable(text)
      conditions.push({
        isNegated: not !== undefined,
        ...(token !== undefined && { token }),
        ...(etag !== undefined && { etag }),
      })
    }
    if (conditions.length === 0 || take(CLOSE) === null) throw unreadable(text)
    lists.push({ resource, conditions })
  }
  if (lists.length === 0) throw unreadable(text)
  return lists
}

const unreadable = (text: string) => new Problem('invalid_request', { if: text.slice(0, 200) })

/** What a resource is known by, now. */
export interface State {
  tokens: readonly string[]
  etag: string | undefined
}

export const listHolds = ({ conditions }: ConditionList, { tokens, etag }: State): boolean =>
  conditions.every((condition) => {
    const isSo =
      condition.token === undefined ? condition.etag === etag : tokens.includes(condition.token)
    return isSo !== condition.isNegated
  })
