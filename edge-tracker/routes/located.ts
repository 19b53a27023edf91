// A key's copies as URLs in reading order, the first one verified unless told not to.
import type { DomainName, Key } from '#shared/ids.ts'
import { type Condition, isConditional } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import { readUrl } from '../auth/node-urls.ts'
import { first } from '../db/db.ts'
import { currentFile, domainExists } from '../db/files.ts'
import { type Located, replicasOfKey } from '../db/replicas.ts'
import type { Statement } from '../db/statement.ts'
import type { Deps } from '../deps.ts'
import { rankSources } from '../placement/rank-sources.ts'

interface SourcesAsk {
  verify: boolean
  /** No URL is good for longer: the link by which the reader came is not. */
  untilS?: number | undefined
}

interface Sources {
  file: Located
  urls: string[]
}

export async function locate(
  deps: Deps,
  domain: DomainName,
  key: Key,
  ask: SourcesAsk,
): Promise<Sources> {
  return sourcesOf(deps, await find(deps, domain, key), ask)
}

/** The file and its copies; no node is asked. */
export async function find(deps: Deps, domain: DomainName, key: Key): Promise<Located> {
  const file = await first(deps.db, replicasOfKey(domain, key))
  if (file === undefined) throw await missing(deps, domain, key)
  return file
}

/**
 * A file that anybody may read, or undefined. To whoever has no key, one that is not there and one
 * that they may not read are the same.
 */
export async function ifPublic<File extends { classId: number }>(
  { db, view }: Deps,
  statement: Statement<File>,
): Promise<File | undefined> {
  const { readers } = await view.get()
  if (![...readers.values()].some(({ publicRead }) => publicRead)) return undefined
  const file = await first(db, statement)
  return file !== undefined && readers.get(file.classId)?.publicRead === true ? file : undefined
}

export async function sourcesOf(deps: Deps, file: Located, ask: SourcesAsk): Promise<Sources> {
  const { random, nodes } = deps
  const isSilent = (url: string) => nodes.isSilent(url)
  const { devices: replicas, settings } = await deps.view.devices(file.deviceIds)
  const urls = rankSources({ replicas, settings, isSilent, random }).map((device) =>
    readUrl(deps, device, file, settings.readTicketMs, ask.untilS),
  )
  if (!ask.verify) return { file, urls }

  const holding = await nodes.firstHolding(urls, file.bytes, settings.nodeTimeoutMs)
  if (holding === undefined) return { file, urls: [] }
  return { file, urls: [holding, ...urls.filter((url) => url !== holding)] }
}

/** Why a write of a file found none: a name was not there, or not what was expected under it. */
export async function unmet(
  deps: Deps,
  domain: DomainName,
  key: Key,
  expects: Condition,
): Promise<Problem> {
  const current = isConditional(expects)
    ? await first(deps.db, currentFile(domain, key))
    : undefined
  return current === undefined
    ? missing(deps, domain, key)
    : new Problem('precondition_failed', { domain, key, fid: current.fid })
}

export async function expectDomain({ db }: Deps, domain: DomainName): Promise<void> {
  const row = await first(db, domainExists(domain))
  if (row?.exists !== true) throw new Problem('unreg_domain', { domain })
}

/** Which of the two names was not there. */
export async function missing(deps: Deps, domain: DomainName, key: Key): Promise<Problem> {
  const row = await first(deps.db, domainExists(domain))
  return row?.exists === true
    ? new Problem('unknown_key', { domain, key })
    : new Problem('unreg_domain', { domain })
}
