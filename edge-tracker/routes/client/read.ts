/** GET a key: 302 to a node that holds it. The bytes never pass through the tracker. */
import { Problem } from '#shared/problems.ts'
import { PathsQuery } from '#shared/wire/files.ts'
import { domainOf, keyOf, readQuery, type TrackerContext } from '../../request.ts'
import { locate } from '../located.ts'

export async function read(c: TrackerContext): Promise<Response> {
  const [domain, key] = [domainOf(c), keyOf(c)]
  const { noverify } = readQuery(c, PathsQuery)

  const { urls } = await locate(c.var.deps, domain, key, { verify: !noverify })
  const [best] = urls
  if (best === undefined) throw new Problem('no_readable_replica', { domain, key })
  c.header('cache-control', 'private, no-store') // the ticket in it expires
  return c.redirect(best, 302)
}
