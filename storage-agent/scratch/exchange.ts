// One request at the scratch share, and whether it may change what it wants to change: its own
// conditions (If, If-Match, If-None-Match) and the locks of others.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '#shared/problems.ts'
import { listHolds, parseIf } from '../dav/if-header.ts'
import { requireAbsent, requireConditions } from '../http/preconditions.ts'
import { etagOf, readFacts } from './facts.ts'
import type { Change } from './locks.ts'
import { type Path, parseUri } from './paths.ts'
import type { Share } from './share.ts'
import { at, look, type Resource } from './tree.ts'

export interface ScratchExchange {
  request: IncomingMessage
  response: ServerResponse
  path: Path
  share: Share
  /** To be called before the body is read: the client may be waiting for it. */
  goOn: () => void
}

/** A resource with the tag of its content; undefined where nothing is. */
export async function lookUp(share: Share, path: Path): Promise<Tagged | undefined> {
  try {
    return await at(share.files, path, async (place) => {
      const resource = await look(place)
      if (resource === undefined) return undefined
      return { ...resource, etag: etagOf(resource, await readFacts(place, resource)) }
    })
  } catch (error) {
    if (error instanceof Problem && error.code === 'unknown_resource') return undefined
    throw error
  }
}

export type Tagged = Resource & { etag: string | undefined }

export const validatorsOf = ({ etag = '', modifiedMs }: Tagged) => ({
  etag,
  lastModified: new Date(modifiedMs).toUTCString(),
})

/** Throws where a condition of the request does not hold, or a lock forbids one of the changes. */
export async function requireAllowed(
  { request, path, share }: ScratchExchange,
  changes: readonly Change[],
): Promise<void> {
  const { headers } = request
  const here = await lookUp(share, path)
  const validators = here && validatorsOf(here)
  requireConditions(headers, validators)
  requireAbsent(headers, validators)
  const tokens = await submittedTokens(share, path, headers)
  const locks = changes.flatMap((change) => share.locks.against(change, tokens))
  if (locks.length > 0) throw new Problem('resource_locked', { locks: locks.length })
}

/** The lock tokens in an If header that holds. Throws where it does not. */
async function submittedTokens(
  share: Share,
  path: Path,
  headers: IncomingMessage['headers'],
): Promise<ReadonlySet<string>> {
  const field = headers['if']?.toString()
  if (field === undefined) return new Set()
  const lists = parseIf(field)
  let isHeld = false
  for (const list of lists) {
    const about = list.resource === undefined ? path : parseUri(list.resource, headers.host)
    const etag = (await lookUp(share, about))?.etag
    const tokens = share.locks.covering(about).map(({ token }) => token)
    isHeld ||= listHolds(list, { tokens, etag })
  }
  if (!isHeld) throw new Problem('condition_failed', { if: field.slice(0, 200) })
  return new Set(lists.flatMap(({ conditions }) => conditions.flatMap(({ token }) => token ?? [])))
}
