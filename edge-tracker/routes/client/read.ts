/** GET a key: 302 to a node that holds it. The bytes never pass through the tracker. */
import { Problem } from '#shared/problems.ts'
import { PathsQuery } from '#shared/wire/files.ts'
import { replicasOfKey } from '../../db/replicas.ts'
import { domainOf, keyOf, readQuery, type TrackerContext } from '../../request.ts'
import { answerUnread } from '../conditional-read.ts'
import { find, ifPublic, sourcesOf } from '../located.ts'

export async function read(c: TrackerContext): Promise<Response> {
  const { deps, share, isAnonymous } = c.var
  const [domain, key] = [domainOf(c), keyOf(c)]
  const { noverify } = readQuery(c, PathsQuery)

  const file =
    isAnonymous === true
      ? await ifPublic(deps, replicasOfKey(domain, key))
      : await find(deps, domain, key)
  if (file === undefined) throw new Problem('unauthorized')
  const answered = answerUnread(c, file.fid)
  if (answered !== undefined) return answered

  const { urls } = await sourcesOf(deps, file, { verify: !noverify, untilS: share?.untilS })
  const [best] = urls
  if (best === undefined) throw new Problem('no_readable_replica', { domain, key })
  c.header('cache-control', 'private, no-store') // the ticket in it expires
  return c.redirect(best, 302)
}
