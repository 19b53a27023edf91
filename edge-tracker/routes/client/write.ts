/**
 * PUT a key, in one step: 307 to a node whose ticket says that it closes the upload itself. The
 * bytes never pass through the tracker.
 */
import { checksumOfDigest } from '#shared/digests.ts'
import { MAX_FILE_BYTES } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { OpenRequest } from '#shared/wire/uploads.ts'
import { writeUrl } from '../../auth/node-urls.ts'
import { conditionOf, domainOf, keyOf, parse, type TrackerContext } from '../../request.ts'
import { openAt } from '../opening.ts'
import { reachedBy } from '../reader.ts'

const META = 'mog-meta-'

export async function write(c: TrackerContext): Promise<Response> {
  const { deps, share } = c.var
  const request = { ...parse(OpenRequest, described(c)), ...conditionOf(c) }
  const most = share?.maxBytes ?? MAX_FILE_BYTES
  if ((request.bytes ?? 0) > most) throw new Problem('body_too_large', { limit: most })
  const { targets, ...opened } = await openAt(deps, domainOf(c), request)

  const [target] = targets
  if (target === undefined) throw new Problem('no_devices')
  const ticket = { ...opened, maxBytes: request.bytes ?? most, commit: true }
  return c.redirect(writeUrl(deps, target, ticket, reachedBy(c)(target)), 307)
}

/** The request's headers as an open request. */
function described(c: TrackerContext) {
  if (c.req.header('content-range') !== undefined)
    throw new Problem('invalid_request', { problem: 'a file is stored whole, not in ranges' })

  const length = c.req.header('content-length')
  const contentType = c.req.header('content-type')
  const fileClass = c.req.query('class')
  const checksum = checksumOfDigest(c.req.header('repr-digest') ?? c.req.header('content-digest'))
  const metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(c.req.header()))
    if (name.startsWith(META)) metadata[name.slice(META.length)] = decodeField(value)
  return {
    key: keyOf(c),
    ...(length !== undefined && { bytes: Number(length) }),
    ...(contentType !== undefined && { contentType }),
    ...(fileClass !== undefined && { class: fileClass }),
    ...(checksum !== undefined && { checksum }),
    metadata,
  }
}

/** Header values are Latin-1 at best, so metadata travels percent-encoded, as HEAD answers it. */
function decodeField(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value // a plain per cent sign
  }
}
