/** GET paths: URLs of the copies as JSON, the best first, for clients that retry by themselves. */
import { type Paths, PathsQuery } from '#shared/wire/files.ts'
import { domainOf, keyOf, readQuery, type TrackerContext } from '../../request.ts'
import { locate } from '../located.ts'

export async function paths(c: TrackerContext): Promise<Response> {
  const { noverify, count } = readQuery(c, PathsQuery)
  const { file, urls } = await locate(c.var.deps, domainOf(c), keyOf(c), { verify: !noverify })
  const answer: Paths = { fid: file.fid, bytes: file.bytes, paths: urls.slice(0, count) }
  return c.json(answer)
}
