// Conditional requests (RFC 9110 section 13). A fid never changes (I1), so its number is as strong
// a validator as its checksum, and means the same.
import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '#shared/problems.ts'

export interface Validators {
  etag: string
  /** Another tag of the same bytes, which a client may have from before. */
  alias?: string | undefined
  lastModified: string
}

/**
 * Throws where the request is for another file than the one that is here, or than none: If-Match
 * compares strongly, and If-Unmodified-Since only speaks where it does not.
 */
export function requireConditions(headers: IncomingHttpHeaders, here: Validators | undefined) {
  const tags = headers['if-match']?.trim()
  if (tags !== undefined) {
    const isMet = here !== undefined && (tags === '*' || hasTag(here, listed(tags)))
    if (!isMet) throw new Problem('condition_failed', { ifMatch: tags })
    return
  }
  const since = headers['if-unmodified-since']
  if (
    since !== undefined &&
    here !== undefined &&
    Date.parse(here.lastModified) > Date.parse(since)
  )
    throw new Problem('condition_failed', { lastModified: here.lastModified })
}

/** Of a request that changes what is here. */
export const isConditional = (headers: IncomingHttpHeaders): boolean =>
  headers['if-match'] !== undefined || headers['if-none-match'] !== undefined

/** For methods that change what is here, where If-None-Match is a condition as well. */
export function requireAbsent(headers: IncomingHttpHeaders, here: Validators | undefined) {
  const tags = headers['if-none-match']?.trim()
  if (tags === undefined || here === undefined) return
  if (tags === '*' || hasTag(here, opaqueTags(tags)))
    throw new Problem('condition_failed', { ifNoneMatch: tags })
}

/** The client's copy is good: 304. */
export function isUnchanged(headers: IncomingHttpHeaders, here: Validators) {
  const tags = headers['if-none-match']
  if (tags !== undefined) return tags.trim() === '*' || hasTag(here, opaqueTags(tags))
  const since = headers['if-modified-since']
  // a date that does not parse is NaN, and no comparison with it holds
  return since !== undefined && Date.parse(here.lastModified) <= Date.parse(since)
}

/** Whether a Range still applies: without If-Range always, else to these very bytes alone. */
export function rangeApplies(headers: IncomingHttpHeaders, here: Validators) {
  const condition = headers['if-range']?.toString()
  return condition === undefined || condition === here.lastModified || hasTag(here, [condition])
}

const hasTag = ({ etag, alias }: Validators, tags: readonly string[]) =>
  tags.includes(etag) || (alias !== undefined && tags.includes(alias))

/** If-None-Match compares weakly: `W/` does not matter. */
const opaqueTags = (list: string) => listed(list).map((tag) => tag.replace(/^W\//, ''))

const listed = (list: string) => list.split(',').map((tag) => tag.trim())
