/** DELETE in the trash: its time is over now. Nobody has it back any more. */
import { Problem } from '#shared/problems.ts'
import { first } from '../../db/db.ts'
import { eraseFromTrash } from '../../db/trash.ts'
import { domainOf, fidOf, type TrackerContext } from '../../request.ts'
import { expectDomain } from '../located.ts'

export async function erase(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const [domain, fid] = [domainOf(c), fidOf(c)]
  const erased = await first(deps.db, eraseFromTrash(domain, fid))
  if (erased !== undefined) return c.json(erased)
  await expectDomain(deps, domain)
  throw new Problem('not_in_trash', { domain, fid })
}
