/** PATCH a key: rename, another class, another description. A key that is taken is refused. */
import { Problem } from '#shared/problems.ts'
import { FileChange } from '#shared/wire/files.ts'
import { first, violates } from '../../db/db.ts'
import { changeFile, fileDetail } from '../../db/files.ts'
import { domainOf, keyOf, readJson, type TrackerContext } from '../../request.ts'
import { missing } from '../located.ts'

export async function change(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const [domain, key] = [domainOf(c), keyOf(c)]
  const wanted = await readJson(c, FileChange)

  const outcome = await first(deps.db, changeFile(domain, key, wanted)).catch((error: unknown) => {
    if (!violates(error, 'file_pkey')) throw error
    throw new Problem('key_exists', { domain, key: wanted.key })
  })
  if (outcome?.classFound === false) throw new Problem('unreg_class', { class: wanted.class })
  if (outcome?.found !== true) throw await missing(deps, domain, key)

  const file = await first(deps.db, fileDetail(domain, wanted.key ?? key))
  if (file === undefined) throw await missing(deps, domain, wanted.key ?? key)
  return c.json(file)
}
