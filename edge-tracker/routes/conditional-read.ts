// GET and HEAD of a file under a condition (RFC 9110 section 13): what the client has already is
// not located again.
import { type Current, etagOf, holdsFor } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import { conditionOf, type TrackerContext } from '../request.ts'

/**
 * 304, or undefined where the file is to be read. Throws where it is not the expected one.
 * `cacheControl`: what the answer would say of it otherwise.
 */
export function answerUnread(
  c: TrackerContext,
  current: Current,
  cacheControl?: string,
): Response | undefined {
  const { ifMatch, ifNoneMatch } = conditionOf(c)
  if (!holdsFor({ ifMatch }, current))
    throw new Problem('precondition_failed', { fid: current.fid })
  if (holdsFor({ ifNoneMatch }, current)) return undefined
  const headers = new Headers({ etag: etagOf(current) })
  if (cacheControl !== undefined) headers.set('cache-control', cacheControl)
  return new Response(null, { status: 304, headers })
}
