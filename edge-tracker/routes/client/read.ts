/** GET a key: 302 to a node that holds it. The bytes never pass through the tracker. */
import { Problem } from '#shared/problems.ts'
import { PathsQuery } from '#shared/wire/files.ts'
import { domainOf, keyOf, readQuery, type TrackerContext } from '../../request.ts'
import { answerUnread } from '../conditional-read.ts'
import { find, sourcesOf } from '../located.ts'

export async function read(c: TrackerContext): Promise<Response> {
  const [domain, key] = [domainOf(c), keyOf(c)]
  const { noverify } = readQuery(c, PathsQuery)

  const file = await find(c.var.deps, domain, key)
  const answered = answerUnread(c, file.fid)
  if (answered !== undefined) return answered

  const { urls } = await sourcesOf(c.var.deps, file, { verify: !noverify })
  const [best] = urls
  if (best === undefined) throw new Problem('no_readable_replica', { domain, key })
  c.header('cache-control', 'private, no-store') // the ticket in it expires
  return c.redirect(best, 302)
}
