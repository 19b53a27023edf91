/** GET paths: URLs of the copies as JSON, the best first, for clients that retry by themselves. */
import { type Paths, PathsQuery } from '#shared/wire/files.ts'
import { domainOf, keyOf, readQuery, type TrackerContext } from '../../request.ts'
import { locate } from '../located.ts'
import { readerOf } from '../reader.ts'

export async function paths(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const query = readQuery(c, PathsQuery)
  const { settings } = await deps.view.get()
  const ask = { verify: !query.noverify, reader: readerOf(c, settings, query) }
  const { file, urls } = await locate(deps, domainOf(c), keyOf(c), ask)
  const answer: Paths = { fid: file.fid, bytes: file.bytes, paths: urls.slice(0, query.count) }
  return c.json(answer)
}
