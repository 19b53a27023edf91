// A file of which all parts have come: it is a file like any other, with a receipt, and where its
// ticket says so its upload is closed before anybody is told.
import type { Stored } from '#shared/wire/uploads.ts'
import { checksumOfFile } from '../../disk/checksum.ts'
import type { Device } from '../../disk/device.ts'
import { completePartial } from '../../disk/partial/partial.ts'
import { findFile } from '../../disk/read.ts'
import type { StoredFile, Terms } from '../../disk/store.ts'
import type { Exchange, HttpDeps } from '../exchange.ts'
import { acknowledge } from '../put-file.ts'

export async function finish(
  { request, ticket }: Pick<Exchange, 'request' | 'ticket'>,
  { device, bytes, terms }: { device: Device; bytes: number; terms: Terms },
  deps: HttpDeps,
): Promise<Stored> {
  request.socket.setTimeout(0) // from here on it is we who are slow: hashing many gigabytes
  return tell(ticket, await completePartial(device, ticket.fid, bytes, terms), deps)
}

/** The same for a file that was finished before: a close that failed is tried again. */
export async function tell(
  ticket: Exchange['ticket'],
  stored: StoredFile,
  { tracker }: HttpDeps,
): Promise<Stored> {
  const answer = acknowledge(ticket, stored)
  const { fid, deviceId, receipt } = answer
  if (ticket.commit === true) answer.closed = await tracker.commit({ fid, deviceId, receipt })
  return answer
}

/** What lies under the fid already, whole. */
export async function findStored(
  device: Device,
  { fid, checksumKind = 'SHA-256' }: Exchange['ticket'],
): Promise<StoredFile | undefined> {
  const found = await findFile(device, fid)
  if (found === undefined) return undefined
  await using _ = found.open
  return { bytes: found.bytes, checksum: await checksumOfFile(found, checksumKind) }
}
