/** DELETE a key: gone from the namespace at once; the disks follow (MogileFS Q04). */
import { first } from '../../db/db.ts'
import { deleteFile } from '../../db/files.ts'
import { conditionOf, domainOf, keyOf, type TrackerContext } from '../../request.ts'
import { unmet } from '../located.ts'

export async function remove(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const [domain, key] = [domainOf(c), keyOf(c)]
  const expects = conditionOf(c)
  const deleted = await first(deps.db, deleteFile(domain, key, expects))
  if (deleted === undefined) throw await unmet(deps, domain, key, expects)
  return c.json(deleted)
}
