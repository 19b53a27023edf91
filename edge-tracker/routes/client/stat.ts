/** HEAD a key: answered from the namespace alone, no node is asked. */
import { digestOfChecksum } from '#shared/digests.ts'
import { etagOf } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import { ReaderQuery } from '#shared/wire/files.ts'
import { fileDetail } from '../../db/files.ts'
import { fileCopies } from '../../db/replicas.ts'
import { domainOf, keyOf, readQuery, type TrackerContext } from '../../request.ts'
import { answerUnread } from '../conditional-read.ts'
import { ifPublic, lookUp, missing, readFirst } from '../located.ts'
import { allowsStale } from '../reader.ts'

export async function stat(c: TrackerContext): Promise<Response> {
  const { deps, isAnonymous } = c.var
  const [domain, key] = [domainOf(c), keyOf(c)]
  const { stale } = readQuery(c, ReaderQuery)
  const isNobody = isAnonymous === true
  const detail = lookUp(deps, fileDetail(domain, key))
  const reader = { allowsStale: allowsStale(c, stale) }
  const file = await (isNobody ? ifPublic(deps, detail, reader) : readFirst(detail, reader))
  if (file === undefined)
    throw isNobody ? new Problem('unauthorized') : await missing(deps, domain, key)
  const answered = answerUnread(c, file)
  if (answered !== undefined) return answered

  const headers = new Headers({
    'content-length': String(file.bytes),
    'content-type': file.contentType ?? 'application/octet-stream',
    'last-modified': new Date(file.createdAtMs).toUTCString(),
    etag: etagOf(file),
    'accept-ranges': 'bytes',
    'mog-fid': String(file.fid),
    'mog-class': encodeURIComponent(file.class),
  })
  const digest = digestOfChecksum(file.checksum)
  if (digest !== undefined) headers.set('repr-digest', digest)
  for (const [name, value] of Object.entries(file.metadata))
    headers.set(`mog-meta-${name}`, encodeURIComponent(value))
  return new Response(null, { headers })
}

/** GET info: the same as JSON, with the devices that hold a copy. */
export async function info(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const [domain, key] = [domainOf(c), keyOf(c)]
  const { stale } = readQuery(c, ReaderQuery)
  const file = await readFirst(lookUp(deps, fileCopies(domain, key)), {
    allowsStale: allowsStale(c, stale),
  })
  if (file === undefined) throw await missing(deps, domain, key)
  return c.json(file)
}
