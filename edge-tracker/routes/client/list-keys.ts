/** GET files: a page of keys in byte order, grouped by a delimiter if asked (MogileFS Q07). */
import type { DomainName } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { type FileList, ListQuery } from '#shared/wire/files.ts'
import { first } from '../../db/db.ts'
import {
  domainExists,
  END_OF_KEYS,
  listFiles,
  listGroups,
  type PageBounds,
} from '../../db/files.ts'
import type { Deps } from '../../deps.ts'
import { domainOf, readQuery, type TrackerContext } from '../../request.ts'

export async function listKeys(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const domain = domainOf(c)
  const ask = readQuery(c, ListQuery)
  if (ask.prefix.includes('\0') || ask.after.includes('\0') || ask.delimiter.includes('\0'))
    throw new Problem('invalid_request', { problem: 'no key has a NUL' })
  if (ask.after !== '' && !ask.after.startsWith(ask.prefix))
    throw new Problem('after_mismatch', { prefix: ask.prefix, after: ask.after })

  const page = await (ask.delimiter === '' ? plainPage : groupedPage)(deps, domain, ask)
  if (page.files.length + page.prefixes.length === 0) {
    const row = await first(deps.db, domainExists(domain))
    if (row?.exists !== true) throw new Problem('unreg_domain', { domain })
  }
  return c.json(page)
}

async function plainPage(deps: Deps, domain: DomainName, ask: ListQuery): Promise<FileList> {
  const bounds = { ...boundsOf(ask), limit: ask.limit + 1 }
  const files = await deps.db.all(listFiles(domain, bounds))
  const more = files.length > ask.limit
  const shown = files.slice(0, ask.limit)
  return { files: shown, prefixes: [], nextAfter: more ? (shown.at(-1)?.key ?? null) : null }
}

async function groupedPage(deps: Deps, domain: DomainName, ask: ListQuery): Promise<FileList> {
  const delimiterEnd = textAfter(ask.delimiter)
  if (delimiterEnd === null) throw new Problem('invalid_request', { at: 'delimiter' })
  const bounds = { ...boundsOf(ask), limit: ask.limit + 1 }
  const found = await deps.db.all(listGroups(domain, bounds, ask.delimiter, delimiterEnd))
  const shown = found.slice(0, ask.limit)
  return {
    files: shown.map(({ file }) => file).filter((file) => file !== null),
    prefixes: shown.filter(({ file }) => file === null).map(({ name }) => name),
    nextAfter: found.length > ask.limit ? (shown.at(-1)?.name ?? null) : null,
  }
}

/** Where the page begins: behind `after`, and behind its whole group if it stands for one. */
function boundsOf({ prefix, after, delimiter }: ListQuery): Omit<PageBounds, 'limit'> {
  const to = textAfter(prefix) ?? END_OF_KEYS
  if (after === '') return { prefix, from: prefix, fromExclusive: false, to }

  const cut = delimiter === '' ? -1 : after.indexOf(delimiter, prefix.length)
  const groupEnd = cut < 0 ? null : textAfter(after.slice(0, cut + delimiter.length))
  return groupEnd === null
    ? { prefix, from: after, fromExclusive: true, to }
    : { prefix, from: groupEnd, fromExclusive: false, to }
}

const LAST_CODE_POINT = 0x10ffff

/** The least text, in byte order of UTF-8, that is greater than all that begin with this one. */
export function textAfter(prefix: string): string | null {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0)
  while (points.at(-1) === LAST_CODE_POINT) points.pop()
  const last = points.pop()
  if (last === undefined) return null
  // the next code point, leaping over the surrogates, which UTF-8 does not have
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
}
