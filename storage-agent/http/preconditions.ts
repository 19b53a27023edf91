// Conditional requests (RFC 9110 section 13). A fid never changes (I1), so its number is a strong
// validator.
import type { IncomingHttpHeaders } from 'node:http'

export interface Validators {
  etag: string
  lastModified: string
}

/** The client's copy is good: 304. */
export function isUnchanged(headers: IncomingHttpHeaders, { etag, lastModified }: Validators) {
  const tags = headers['if-none-match']
  if (tags !== undefined) return tags.trim() === '*' || opaqueTags(tags).includes(etag)
  const since = headers['if-modified-since']
  // a date that does not parse is NaN, and no comparison with it holds
  return since !== undefined && Date.parse(lastModified) <= Date.parse(since)
}

/** Whether a Range still applies: without If-Range always, else to these very bytes alone. */
export function rangeApplies(headers: IncomingHttpHeaders, { etag, lastModified }: Validators) {
  const condition = headers['if-range']
  return condition === undefined || condition === etag || condition === lastModified
}

/** If-None-Match compares weakly: `W/` does not matter. */
const opaqueTags = (list: string) => list.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
