// A key's copies as URLs in reading order, the first one verified unless told not to.
import type { DomainName, Key } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { readUrl } from '../auth/node-urls.ts'
import { first } from '../db/db.ts'
import { domainExists } from '../db/files.ts'
import { type Located, replicasOfKey } from '../db/replicas.ts'
import type { Deps } from '../deps.ts'
import { rankSources } from '../placement/rank-sources.ts'

interface Sources {
  file: Located
  urls: string[]
}

export async function locate(
  deps: Deps,
  domain: DomainName,
  key: Key,
  ask: { verify: boolean },
): Promise<Sources> {
  const file = await first(deps.db, replicasOfKey(domain, key))
  if (file === undefined) throw await missing(deps, domain, key)

  const { random, nodes } = deps
  const isSilent = (url: string) => nodes.isSilent(url)
  const { devices: replicas, settings } = await deps.view.devices(file.deviceIds)
  const urls = rankSources({ replicas, settings, isSilent, random }).map((device) =>
    readUrl(deps, device, file, settings.readTicketMs),
  )
  if (!ask.verify) return { file, urls }

  const holding = await nodes.firstHolding(urls, file.bytes, settings.nodeTimeoutMs)
  if (holding === undefined) return { file, urls: [] }
  return { file, urls: [holding, ...urls.filter((url) => url !== holding)] }
}

/** Which of the two names was not there. */
export async function missing(deps: Deps, domain: DomainName, key: Key): Promise<Problem> {
  const row = await first(deps.db, domainExists(domain))
  return row?.exists === true
    ? new Problem('unknown_key', { domain, key })
    : new Problem('unreg_domain', { domain })
}
