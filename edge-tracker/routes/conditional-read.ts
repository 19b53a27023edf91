// GET and HEAD of a file under a condition (RFC 9110 section 13): what the client has already is
// not located again.
import type { Fid } from '#shared/ids.ts'
import { holdsFor } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import { conditionOf, type TrackerContext } from '../request.ts'

/** A fid's bytes never change (I1): nodes answer the same. */
export const etagOf = (fid: Fid): string => `"${fid}"`

/**
 * 304, or undefined where the file is to be read. Throws where it is not the expected one.
 * `cacheControl`: what the answer would say of it otherwise.
 */
export function answerUnread(
  c: TrackerContext,
  fid: Fid,
  cacheControl?: string,
): Response | undefined {
  const { ifMatch, ifNoneMatch } = conditionOf(c)
  const current = { fid, checksum: '' }
  if (!holdsFor({ ifMatch }, current)) throw new Problem('precondition_failed', { fid })
  if (holdsFor({ ifNoneMatch }, current)) return undefined
  const headers = new Headers({ etag: etagOf(fid) })
  if (cacheControl !== undefined) headers.set('cache-control', cacheControl)
  return new Response(null, { status: 304, headers })
}
