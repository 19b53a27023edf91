/** GET trash: what was deleted or replaced and can be had back, by key, a page at a time. */
import { Problem } from '#shared/problems.ts'
import { type TrashList, TrashQuery } from '#shared/wire/trash.ts'
import { END_OF_KEYS } from '../../db/files.ts'
import { listTrash } from '../../db/trash.ts'
import { domainOf, readQuery, type TrackerContext } from '../../request.ts'
import { expectDomain } from '../located.ts'
import { textAfter } from './list-keys.ts'

export async function trash(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const domain = domainOf(c)
  const { prefix, after, afterFid, limit } = readQuery(c, TrashQuery)
  if (prefix.includes('\0') || after.includes('\0'))
    throw new Problem('invalid_request', { problem: 'no key has a NUL' })
  if (after !== '' && !after.startsWith(prefix))
    throw new Problem('after_mismatch', { prefix, after })

  const [from, fromFid] = after === '' ? [prefix, 0] : [after, afterFid]
  const to = textAfter(prefix) ?? END_OF_KEYS
  const found = await deps.db.all(listTrash(domain, { from, fromFid, to, limit: limit + 1 }))
  if (found.length === 0) await expectDomain(deps, domain)
  const files = found.slice(0, limit)
  const last = found.length > limit ? files.at(-1) : undefined
  const next = last === undefined ? null : { after: last.key, afterFid: last.fid }
  return c.json({ files, next } satisfies TrashList)
}
