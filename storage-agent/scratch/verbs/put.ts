// PUT of a file of the share: written aside, and durable, before it takes its name. A crash leaves
// the old file or the new one.
import { rename, rm } from 'node:fs/promises'
import { MAX_FILE_BYTES } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { problemOf } from '../../disk/failures.ts'
import { receive } from '../../disk/receive.ts'
import { syncDirectory } from '../../disk/replace-file.ts'
import type { StoredFile } from '../../disk/store.ts'
import { announcedBytes, readChunks } from '../../http/request-body.ts'
import { requireAllowed, type ScratchExchange } from '../exchange.ts'
import { etagOf, type Facts, readFacts, writeFacts } from '../facts.ts'
import { at, look, type Place } from '../tree.ts'

const TERMS = { maxBytes: MAX_FILE_BYTES, checksumKind: 'SHA-256' } as const
const MAX_TYPE_LENGTH = 255

export async function put(exchange: ScratchExchange): Promise<void> {
  const { request, response, path, share, goOn } = exchange
  if (request.headers['content-range'] !== undefined)
    throw new Problem('invalid_request', { reason: 'a file of this share is stored whole' })
  await share.requireRoom(announcedBytes(request) ?? 0)
  await share.lane.run(() =>
    at(share.files, path, (place) => requirePlace(exchange, place), 'no_parent'),
  )
  goOn()
  const temp = share.aside()
  try {
    const stored = await receive(temp, readChunks(request), TERMS, share.lane)
    const { isNew, etag } = await share.change(() =>
      at(share.files, path, (place) => publish(exchange, place, temp, stored), 'no_parent'),
    )
    response.writeHead(isNew ? 201 : 204, ['etag', etag, 'content-length', '0']).end()
  } catch (error) {
    throw problemOf(error)
  } finally {
    await share.lane.run(() => rm(temp, { force: true }))
  }
}

/** What is there now. Throws where it may not be replaced. */
async function requirePlace(exchange: ScratchExchange, place: Place) {
  const { path } = exchange
  const before = await look(place)
  if (before?.isCollection === true)
    throw new Problem('method_not_allowed', { reason: 'a collection' })
  await requireAllowed(exchange, [{ path, isMembership: before === undefined, isDeep: false }])
  return before
}

async function publish(
  exchange: ScratchExchange,
  place: Place,
  temp: string,
  { bytes, checksum }: StoredFile,
) {
  const before = await requirePlace(exchange, place)
  const known = before && (await readFacts(place, before))
  await rename(temp, place.path)
  const resource = await look(place)
  if (resource === undefined) throw new Error('what was renamed is not there')
  const contentType = exchange.request.headers['content-type']?.slice(0, MAX_TYPE_LENGTH)
  const facts: Facts = {
    properties: known?.properties ?? {},
    content: { checksum, bytes, modifiedMs: resource.modifiedMs },
    ...(contentType !== undefined && { contentType }),
  }
  await writeFacts(place, resource, facts)
  await syncDirectory(place.parent)
  return { isNew: before === undefined, etag: etagOf(resource, facts) ?? '' }
}
