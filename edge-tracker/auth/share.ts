// Share links: a caller is whoever made the link, with the rights of their key as it is now. What
// was wrong with a link is not told apart: it may be altered, or its key revoked.
import { Key } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { isSharedBy, type Share } from '#shared/share-links.ts'
import { ShareQuery } from '#shared/wire/shares.ts'
import type { Caller } from '../db/api-keys.ts'
import type { Deps } from '../deps.ts'

export interface Asked {
  method: string
  domain: string
  key: string
  query: Record<string, string>
}

/** The link's maker and what it allows. Throws where it allows nothing, or not this. */
export async function checkShare(
  { clock, callers }: Pick<Deps, 'clock' | 'callers'>,
  asked: Asked,
): Promise<{ caller: Caller; share: Share }> {
  const query = ShareQuery.safeParse(asked.query)
  if (!query.success) throw new Problem('share_invalid')
  const { by, sig, until, max, class: name } = query.data
  if (until * 1000 <= clock.nowMs()) throw new Problem('share_expired', { until })

  const verb = verbOf(asked.method)
  const { success, data: key } = Key.safeParse(asked.key)
  const caller = await callers.findByPublicKey(by)
  if (verb === undefined || !success || caller === undefined) throw new Problem('share_invalid')
  const { domain } = asked
  const share: Share = { verb, domain, key, untilS: until, maxBytes: max, class: name }
  if (!(await isSharedBy(by, share, sig))) throw new Problem('share_invalid')
  return { caller, share }
}

function verbOf(method: string): Share['verb'] | undefined {
  if (method === 'PUT') return 'PUT'
  return method === 'GET' || method === 'HEAD' ? 'GET' : undefined
}
