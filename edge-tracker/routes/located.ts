// A key's copies as URLs in reading order, the first one verified unless told not to.
import type { DomainName, Key } from '#shared/ids.ts'
import { type Condition, isConditional } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import { readUntilS, readUrl } from '../auth/node-urls.ts'
import { first } from '../db/db.ts'
import { currentFile, domainExists } from '../db/files.ts'
import type { Located, NamedFile } from '../db/replicas.ts'
import type { Statement } from '../db/statement.ts'
import type { Deps } from '../deps.ts'
import { rankSources } from '../placement/rank-sources.ts'
import { addressFor, distanceTo, type Reader } from './reader.ts'

export interface Sources {
  file: Located
  /** The best first. */
  urls: string[]
  /** When they end, in Unix seconds. */
  untilS: number
  /** Some are of no use to others than this reader. */
  isPersonal: boolean
}

interface SourcesAsk {
  verify: boolean
  reader: Reader
}

/** The same question to the primary, and to the read replica where there is one. */
export interface LookUp<Row> {
  fresh: () => Promise<Row | undefined>
  stale: (() => Promise<Row | undefined>) | undefined
}

export const lookUp = <Row>({ db, readDb }: Deps, statement: Statement<Row>): LookUp<Row> => ({
  fresh: () => first(db, statement),
  stale: readDb && (() => first(readDb, statement)),
})

export const lookUpCopies = (
  { findCopies, findStaleCopies }: Deps,
  name: NamedFile,
): LookUp<Located> => ({
  fresh: () => findCopies(name),
  stale: findStaleCopies && (() => findStaleCopies(name)),
})

/** Where staleness is allowed, a read replica is asked; what it does not know, the primary may. */
export async function readFirst<Row>(
  { fresh, stale }: LookUp<Row>,
  { allowsStale }: Pick<Reader, 'allowsStale'>,
): Promise<Row | undefined> {
  if (!allowsStale || stale === undefined) return fresh()
  const row = await stale().catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'database_unavailable') return undefined
    throw error
  })
  return row ?? fresh()
}

/** The file and its copies, as URLs in reading order. */
export async function locate(
  deps: Deps,
  domain: DomainName,
  key: Key,
  ask: SourcesAsk,
): Promise<Sources> {
  const copies = lookUpCopies(deps, { domain, key })
  const file = await readFirst(copies, ask.reader)
  if (file === undefined) throw await missing(deps, domain, key)
  return sourcesOf(deps, file, ask, copies.fresh)
}

/**
 * A file that anybody may read, or undefined. To whoever has no key, one that is not there and one
 * that they may not read are the same.
 */
export async function ifPublic<File extends { classId: number }>(
  { view }: Deps,
  sought: LookUp<File>,
  reader: Pick<Reader, 'allowsStale'>,
): Promise<File | undefined> {
  const { readers } = await view.get()
  if (![...readers.values()].some(({ publicRead }) => publicRead)) return undefined
  const file = await readFirst(sought, reader)
  return file !== undefined && readers.get(file.classId)?.publicRead === true ? file : undefined
}

/** `again` is asked where a read replica has named copies that no node has any more. */
export async function sourcesOf(
  deps: Deps,
  file: Located,
  ask: SourcesAsk,
  again: () => Promise<Located | undefined>,
): Promise<Sources> {
  const { nodes } = deps
  const { settings, copies, ...facts } = await copiesOf(deps, file, ask.reader)
  const urls = copies.map(({ given }) => given)
  if (!ask.verify) return { file, urls, ...facts }

  const holding = await nodes.firstHolding(copies, file.bytes, settings.nodeTimeoutMs)
  if (holding !== undefined) {
    const others = urls.filter((url) => url !== holding.given)
    return { file, urls: [holding.given, ...others], ...facts }
  }
  const fresh = ask.reader.allowsStale ? await again() : undefined
  if (fresh === undefined) return { file, urls: [], ...facts }
  return sourcesOf(deps, fresh, { ...ask, reader: { ...ask.reader, allowsStale: false } }, again)
}

/** Each copy as the reader is given it, and as this tracker asks for it. */
async function copiesOf(deps: Deps, file: Located, reader: Reader) {
  const { random, nodes, isInside } = deps
  const { devices: replicas, settings } = await deps.view.devices(file.deviceIds)
  const { readTicketMs } = settings
  const ranked = rankSources({
    replicas,
    settings,
    random,
    isSilent: (url) => nodes.isSilent(url),
    distance: (device) => distanceTo(reader, device),
  })
  const copies = ranked.map((device) => {
    const at = addressFor(reader, device) ?? ''
    const given = readUrl(deps, device, file, readTicketMs, { at, lastS: reader.untilS })
    const ours = (isInside === true ? device.internalUrl : device.url) ?? ''
    return { given, node: device.url ?? '', url: ours + given.slice(at.length) }
  })
  const isPersonal = ranked.some((device) => addressFor(reader, device) !== device.url)
  return { settings, copies, isPersonal, untilS: readUntilS(deps, readTicketMs, reader.untilS) }
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
