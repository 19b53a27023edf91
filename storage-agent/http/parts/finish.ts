// A file of which all parts have come: it is a file like any other, with a receipt, and where its
// ticket says so its upload is closed before anybody is told.
import type { Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
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
export async function finishAgain(
  { request, ticket }: Pick<Exchange, 'request' | 'ticket'>,
  device: Device,
  deps: HttpDeps,
): Promise<Stored> {
  const { fid, deviceId, checksumKind = 'SHA-256' } = ticket
  const found = await findFile(device, fid)
  if (found === undefined) throw new Problem('unknown_fid', { fid, deviceId })
  await using _ = found.open
  request.socket.setTimeout(0) // it is hashed once more
  const checksum = await checksumOfFile(found, checksumKind)
  return await tell(ticket, { bytes: found.bytes, checksum }, deps)
}

async function tell(
  ticket: Exchange['ticket'],
  stored: StoredFile,
  { tracker }: HttpDeps,
): Promise<Stored> {
  const answer = acknowledge(ticket, stored)
  const { fid, deviceId, receipt } = answer
  if (ticket.commit === true) answer.closed = await tracker.commit({ fid, deviceId, receipt })
  return answer
}

/** How long the file is that lies under the fid already. */
export async function bytesStored(device: Device, fid: Fid): Promise<number | undefined> {
  const found = await findFile(device, fid)
  await found?.open?.[Symbol.asyncDispose]()
  return found?.bytes
}
