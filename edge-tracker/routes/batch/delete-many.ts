/** Deletes in a batch: one statement, and one more where a key was not there. */
import type { DomainName } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { BatchDelete } from '#shared/wire/batch.ts'
import type { Deleted } from '#shared/wire/files.ts'
import type { Caller } from '../../db/api-keys.ts'
import { deleteFiles } from '../../db/many-files.ts'
import type { Deps } from '../../deps.ts'
import { parse } from '../../request.ts'
import { expectDomain } from '../located.ts'
import { among, attempt, type Outcome, onceEach } from './outcomes.ts'

export async function deleteMany(
  deps: Deps,
  domain: DomainName,
  items: readonly unknown[],
  { apiKeyId }: Caller,
): Promise<Outcome<Deleted>[]> {
  const parsed = items.map((item) => attempt(() => parse(BatchDelete, item)))
  const asks = onceEach(parsed, ({ key }) => key)
  return among(asks, async (good) => {
    await deps.deletions.spend(apiKeyId, good.length, (await deps.view.get()).settings)
    const found = await deps.db.all(deleteFiles(domain, good))
    const kept = good.length - found.filter(({ deleted }) => deleted).length
    deps.deletions.giveBack(apiKeyId, kept)
    if (found.length < good.length) await expectDomain(deps, domain)
    const byKey = new Map(found.map((file) => [file.key, file]))
    return good.map(({ key }) => {
      const file = byKey.get(key)
      if (file === undefined) return new Problem('unknown_key', { domain, key })
      const { fid, deleted } = file
      return deleted ? { fid } : new Problem('precondition_failed', { domain, key, fid })
    })
  })
}
