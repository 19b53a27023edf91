/** PATCH a key: rename, another class, another description. A key that is taken is refused. */
import { Problem } from '#shared/problems.ts'
import { FileChange } from '#shared/wire/files.ts'
import { first, violates } from '../../db/db.ts'
import { changeFile } from '../../db/files.ts'
import { conditionOf, domainOf, keyOf, readJson, type TrackerContext } from '../../request.ts'
import { unmet } from '../located.ts'

export async function change(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const [domain, key] = [domainOf(c), keyOf(c)]
  const wanted = await readJson(c, FileChange)
  const expects = conditionOf(c)

  const statement = changeFile(domain, key, wanted, expects)
  const outcome = await first(deps.db, statement).catch((error: unknown) => {
    if (violates(error, 'file_pkey')) throw new Problem('key_exists', { domain, key: wanted.key })
    // the class was deleted between our look at it and the check of the new row
    if (violates(error, "a file's class belongs to its domain"))
      throw new Problem('unreg_class', { class: wanted.class })
    throw error
  })
  if (outcome?.classFound === false) throw new Problem('unreg_class', { class: wanted.class })
  const file = outcome?.file ?? undefined
  if (file === undefined) throw await unmet(deps, domain, key, expects)
  return c.json(file)
}
