/** What is known of many files: one statement, and one more where a key was not there. */
import type { DomainName } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { BatchStat } from '#shared/wire/batch.ts'
import type { FileDetail } from '#shared/wire/files.ts'
import { fileDetails } from '../../db/many-files.ts'
import type { Deps } from '../../deps.ts'
import { parse } from '../../request.ts'
import { expectDomain } from '../located.ts'
import { among, attempt, type Outcome } from './outcomes.ts'

export function statMany(
  deps: Deps,
  domain: DomainName,
  items: readonly unknown[],
): Promise<Outcome<FileDetail>[]> {
  const asks = items.map((item) => attempt(() => parse(BatchStat, item)))
  return among(asks, async (good) => {
    const keys = good.map(({ key }) => key)
    const found = await deps.db.all(fileDetails(domain, keys))
    if (found.length < new Set(keys).size) await expectDomain(deps, domain)
    const byKey = new Map(found.map((file) => [file.key, file]))
    return keys.map((key) => byKey.get(key) ?? new Problem('unknown_key', { domain, key }))
  })
}
