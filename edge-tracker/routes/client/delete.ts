/** DELETE a key: gone from the namespace at once; the disks follow (MogileFS Q04). */
import { first } from '../../db/db.ts'
import { deleteFile } from '../../db/files.ts'
import { conditionOf, domainOf, keyOf, type TrackerContext } from '../../request.ts'
import { unmet } from '../located.ts'

export async function remove(c: TrackerContext): Promise<Response> {
  const { deps, caller } = c.var
  const [domain, key] = [domainOf(c), keyOf(c)]
  const expects = conditionOf(c)
  await deps.deletions.spend(caller.apiKeyId, 1, (await deps.view.get()).settings)
  const deleted = await first(deps.db, deleteFile(domain, key, expects))
  if (deleted === undefined) {
    deps.deletions.giveBack(caller.apiKeyId, 1)
    throw await unmet(deps, domain, key, expects)
  }
  return c.json(deleted)
}
