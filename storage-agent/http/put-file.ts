// PUT of one fid: refused before its body where that can be known, durable before its 201. The
// receipt in the answer closes the upload. Safe to repeat: the same bytes get the same answer (I5).
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { algorithmOf, checksumOfDigest } from '#shared/digests.ts'
import type { Checksum, ChecksumKind } from '#shared/ids.ts'
import { MAX_FILE_BYTES } from '#shared/limits.ts'
import { etagOf } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import { signReceipt } from '#shared/receipts.ts'
import { REQUEST_ID_HEADER } from '#shared/request-id.ts'
import type { CheckedTicket, Ticket } from '#shared/tickets.ts'
import type { Stored } from '#shared/wire/uploads.ts'
import { type Device } from '../disk/device.ts'
import { findFile } from '../disk/read.ts'
import { type StoredFile, storeLarge, storeSmall, type Terms } from '../disk/store.ts'
import { SMALL_BODY_BYTES } from '../limits.ts'
import { type PromisedMd5, promisedMd5 } from './content-md5.ts'
import { type Exchange, type HttpDeps, sendJson } from './exchange.ts'
import { isConditional, requireAbsent, requireConditions } from './preconditions.ts'
import { announcedBytes, readChunks, readWhole } from './request-body.ts'

export async function putFile(exchange: Exchange, deps: HttpDeps): Promise<void> {
  const { request, response, ticket, awaitsContinue } = exchange
  const announced = announcedBytes(request)
  const md5 = promisedMd5(request.headers)
  const { device, terms: asked } = beginPut(request.headers, announced, ticket, deps)
  const terms = md5?.terms(asked) ?? asked
  // what comes by redirect repeats its conditions on the key, which the tracker holds it against
  const isOfFid = ticket.commit !== true && isConditional(request.headers)
  if (isOfFid) await requireExpected(request.headers, device, ticket)
  const isSmall = announced !== undefined && announced <= SMALL_BODY_BYTES
  using _ = isSmall ? undefined : deps.load.largeBodies.enter()
  if (awaitsContinue) response.writeContinue()
  const stored = isSmall
    ? await storeSmall(device, ticket.fid, await wholeOf(request, md5), terms)
    : await storeLarge(device, ticket.fid, chunksOf(request, md5), terms)
  const answer = acknowledge(ticket, stored)
  const { fid, deviceId, receipt } = answer
  if (ticket.commit === true) {
    const requestId = request.headers[REQUEST_ID_HEADER]
    answer.closed = await deps.tracker.commit({ fid, deviceId, receipt }, requestId)
  }
  sendJson(response, 201, answer, ['etag', etagOf(answer)])
}

async function wholeOf(request: IncomingMessage, md5: PromisedMd5 | undefined) {
  const body = await readWhole(request)
  return md5?.whole(body) ?? body
}

function chunksOf(request: IncomingMessage, md5: PromisedMd5 | undefined) {
  const chunks = readChunks(request)
  return md5?.chunks(chunks) ?? chunks
}

/** If-Match and If-None-Match: what is here has the fid for its tag, for ever (I1). */
async function requireExpected(headers: IncomingHttpHeaders, device: Device, { fid }: Ticket) {
  const found = await findFile(device, fid)
  await using _ = found?.open
  const here = found && { etag: `"${fid}"`, lastModified: new Date(found.modifiedMs).toUTCString() }
  requireConditions(headers, here)
  requireAbsent(headers, here)
}

export interface Put {
  device: Device
  terms: Terms
}

/** `announced`: how many bytes the body has, where that is known. Refuses what it can by now. */
export function beginPut(
  headers: IncomingHttpHeaders,
  announced: number | undefined,
  ticket: CheckedTicket,
  { devices, trackerNowMs }: Pick<HttpDeps, 'devices' | 'trackerNowMs'>,
): Put {
  const device = devices.forClient(ticket.deviceId)
  const maxBytes = Math.min(ticket.maxBytes ?? MAX_FILE_BYTES, MAX_FILE_BYTES)
  refuseEarly(device, announced, maxBytes)
  const checksumKind = ticket.checksumKind ?? 'SHA-256'
  const promised = promisedChecksum(headers, checksumKind)
  const terms: Terms = {
    maxBytes,
    expectedBytes: announced ?? (maxBytes < MAX_FILE_BYTES ? maxBytes : undefined),
    checksumKind,
    check({ checksum }) {
      if (promised !== undefined && promised !== checksum)
        throw new Problem('checksum_mismatch', { promised, received: checksum })
      // what comes to lie here later than its ticket allows would be unknown to the database (I7)
      if (ticket.untilS * 1000 <= trackerNowMs())
        throw new Problem('ticket_expired', { untilS: ticket.untilS })
    },
  }
  return { device, terms }
}

/** With the receipt that closes the upload. */
export function acknowledge(ticket: CheckedTicket, { bytes, checksum }: StoredFile): Stored {
  const { fid, deviceId, key } = ticket
  const receipt = signReceipt({ fid, deviceId, bytes, checksum }, key)
  return { fid, deviceId, bytes, checksum, receipt }
}

function refuseEarly(device: Device, announced: number | undefined, maxBytes: number): void {
  device.mountForWriting()
  if (announced !== undefined && announced > maxBytes)
    throw new Problem('body_too_large', { bytes: announced, maxBytes })
  if (!device.hasRoomFor(announced ?? 0))
    throw new Problem('disk_full', { bytesFree: device.room.bytesFree })
}

/**
 * What the client says that it sends, in either field of RFC 9530. Digests of other kinds than the
 * one that is computed here are passed over, as that RFC has it.
 */
function promisedChecksum(headers: IncomingHttpHeaders, kind: ChecksumKind): Checksum | undefined {
  const fields = [headers['repr-digest'], headers['content-digest']]
  const text = fields.filter((field) => field !== undefined).join(', ')
  if (text === '') return undefined
  const checksum = checksumOfDigest(text, kind)
  const algorithm = algorithmOf(kind)
  if (checksum === undefined && algorithm !== undefined && text.includes(`${algorithm}=`))
    throw new Problem('invalid_request', { reason: `the ${algorithm} digest is malformed` })
  return checksum
}
