/** POST restore: has a file back from the trash. What its key holds goes to the trash in turn. */
import { Problem } from '#shared/problems.ts'
import { type Restored, RestoreRequest } from '#shared/wire/trash.ts'
import { first, violates } from '../../db/db.ts'
import { restoreFile } from '../../db/trash.ts'
import { conditionOf, domainOf, fidOf, readJson, type TrackerContext } from '../../request.ts'
import { expectDomain } from '../located.ts'

export async function restore(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const [domain, fid] = [domainOf(c), fidOf(c)]
  const request = await readJson(c, RestoreRequest)
  const ask = restoreFile(domain, fid, request.key ?? null, conditionOf(c, request))
  const done = await first(deps.db, ask).catch((error: unknown) => {
    // its class was deleted just now: the next look finds the default one
    if (violates(error, "a file's class belongs to its domain")) return first(deps.db, ask)
    throw error
  })
  if (done?.outcome === 'unmet') throw new Problem('precondition_failed', { domain, fid })
  if (done?.outcome === 'lost') throw new Problem('no_copy_left', { domain, fid })

  const file = done?.file ?? undefined
  if (done === undefined || file === undefined) {
    await expectDomain(deps, domain)
    throw new Problem('not_in_trash', { domain, fid })
  }
  return c.json({ ...file, replacedFid: done.replacedFid } satisfies Restored)
}
