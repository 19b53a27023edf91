/** GET a key: 302 to a node that holds it. The bytes never pass through the tracker. */
import { Problem } from '#shared/problems.ts'
import { PathsQuery } from '#shared/wire/files.ts'
import { domainOf, keyOf, readQuery, type TrackerContext } from '../../request.ts'
import { answerUnread } from '../conditional-read.ts'
import { ifPublic, lookUpCopies, missing, readFirst, type Sources, sourcesOf } from '../located.ts'
import { readerOf } from '../reader.ts'

export async function read(c: TrackerContext): Promise<Response> {
  const { deps, isAnonymous } = c.var
  const [domain, key] = [domainOf(c), keyOf(c)]
  const query = readQuery(c, PathsQuery)
  const { settings, readers } = await deps.view.get()
  const reader = readerOf(c, settings, query)

  const copies = lookUpCopies(deps, { domain, key })
  const isNobody = isAnonymous === true
  const file = await (isNobody ? ifPublic(deps, copies, reader) : readFirst(copies, reader))
  if (file === undefined)
    throw isNobody ? new Problem('unauthorized') : await missing(deps, domain, key)
  const said = readers.get(file.classId)
  const noUrl = { untilS: Number.POSITIVE_INFINITY, isPersonal: !isNobody }
  const nowMs = deps.clock.nowMs()
  const answered = answerUnread(c, file, cacheControl(noUrl, nowMs, said))
  if (answered !== undefined) return answered

  const ask = { verify: !query.noverify, reader }
  const sources = await sourcesOf(deps, file, ask, copies.fresh)
  const [best, ...others] = sources.urls
  if (best === undefined) throw new Problem('no_readable_replica', { domain, key })
  c.header('cache-control', cacheControl(sources, nowMs, said))
  if (others.length > 0) c.header('link', others.map((url) => `<${url}>; rel=duplicate`).join(', '))
  return c.redirect(best, 302)
}

/** As long as the class says, and never longer than the ticket in the URL is good. */
function cacheControl(
  { untilS, isPersonal }: Pick<Sources, 'untilS' | 'isPersonal'>,
  nowMs: number,
  said?: { cacheS: number | null; publicRead: boolean },
): string {
  const seconds = Math.min(said?.cacheS ?? 0, untilS - Math.ceil(nowMs / 1_000))
  if (seconds <= 0) return 'private, no-store'
  return `${said?.publicRead === true && !isPersonal ? 'public' : 'private'}, max-age=${seconds}`
}
