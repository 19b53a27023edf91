// Closing an upload on what a node stored, and the reasons where it is refused.

import type { DeviceView } from '#shared/device-view.ts'
import {
  type ChecksumKind,
  type DeviceId,
  type DomainName,
  type Fid,
  kindOfChecksum,
} from '#shared/ids.ts'
import type { Condition } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import { readReceipt } from '#shared/receipts.ts'
import type { Closed } from '#shared/wire/uploads.ts'
import {
  type ClosedUpload,
  explainUploads,
  type StoredUpload,
  type UploadFacts,
} from '../db/closes.ts'
import { first, violates } from '../db/db.ts'
import type { Deps } from '../deps.ts'

export async function closeAt(
  deps: Deps,
  domain: DomainName | null,
  stored: StoredUpload,
  expects: Condition = {},
): Promise<Closed> {
  const { fid } = stored
  const closed = await deps.uploads.close({ domain, stored, expects }).catch((error: unknown) => {
    // a class that is being deleted takes its uploads with it
    if (violates(error, "a file's class belongs to its domain"))
      throw new Problem('no_temp_file', { fid })
    throw error
  })
  if (closed !== undefined) return judgeClose(stored, closed)
  return judgeUnclosed(stored, await first(deps.db, explainUploads([{ domain, stored }])))
}

export function judgeClose({ fid }: StoredUpload, closed: ClosedUpload): Closed {
  if (!closed.linked) throw new Problem('precondition_failed', { fid })
  return { fid, replacedFid: closed.replacedFid }
}

/**
 * Why the statement found nothing to close. Closing again what was closed is answered as the first
 * time: the answer may have been lost.
 */
export function judgeUnclosed(stored: StoredUpload, facts?: UploadFacts): Closed {
  const { fid, deviceId, bytes, checksum } = stored
  if (facts?.closed === true && facts.closedBytes === bytes && facts.closedChecksum === checksum)
    return { fid, replacedFid: facts.replacedFid }
  if (facts?.open !== true) throw new Problem('no_temp_file', { fid })
  if (!facts.offered) throw new Problem('invalid_destdev', { fid, deviceId })
  if (facts.dead) throw new Problem('device_unavailable', { fid, deviceId })
  const { promisedBytes, promisedChecksum } = facts
  expectSame(stored, {
    bytes: promisedBytes ?? undefined,
    checksum: promisedChecksum ?? undefined,
  })
  throw new Problem('key_in_batch', { fid }) // nothing else was in its way
}

/**
 * Refuses before a node is asked for what it stored: there must be such an upload, or file. Answers
 * which kind of checksum it has.
 */
export async function expectStored(
  { db }: Deps,
  domain: DomainName,
  fid: Fid,
  deviceId: DeviceId,
): Promise<ChecksumKind> {
  const facts = await first(db, explainUploads([{ domain, stored: { fid, deviceId } }]))
  if (typeof facts?.closedChecksum === 'string') return kindOfChecksum(facts.closedChecksum)
  if (facts?.open !== true || facts.checksumKind === null)
    throw new Problem('no_temp_file', { fid })
  if (!facts.offered) throw new Problem('invalid_destdev', { fid, deviceId })
  return facts.checksumKind
}

/** What the node says that it stored. */
export function checkReceipt(
  { keys }: Pick<Deps, 'keys'>,
  { hostId, deviceId, keyVersion }: Pick<DeviceView, 'hostId' | 'deviceId' | 'keyVersion'>,
  fid: Fid,
  text: string,
): StoredUpload {
  const receipt = readReceipt(text, (version) => keys.valid(hostId, keyVersion, version))
  if (receipt === undefined || receipt.fid !== fid || receipt.deviceId !== deviceId)
    throw new Problem('invalid_receipt', { fid, deviceId })
  return receipt
}

/** Refuses where something else was promised than was stored. */
export function expectSame(
  stored: StoredUpload,
  { bytes, checksum }: { bytes?: number | undefined; checksum?: string | undefined },
): StoredUpload {
  if (bytes !== undefined && bytes !== stored.bytes)
    throw new Problem('size_mismatch', { promised: bytes, stored: stored.bytes })
  if (checksum !== undefined && checksum !== stored.checksum)
    throw new Problem('checksum_mismatch', { promised: checksum, stored: stored.checksum })
  return stored
}
