// Closing an upload on what a node stored, and the reasons where it is refused.

import type { DeviceView } from '#shared/device-view.ts'
import {
  type ChecksumKind,
  type DeviceId,
  type DomainName,
  type Fid,
  type Key,
  kindOfChecksum,
} from '#shared/ids.ts'
import type { Condition } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import { readReceipt } from '#shared/receipts.ts'
import type { Closed, CloseRequest } from '#shared/wire/uploads.ts'
import {
  type ClosedUpload,
  explainUploads,
  type StoredUpload,
  type UploadFacts,
} from '../db/closes.ts'
import { first, violates } from '../db/db.ts'
import type { Deps } from '../deps.ts'
import { awaitCopies, type DoneClose } from './await-copies.ts'

export async function closeAt(
  deps: Deps,
  domain: DomainName | null,
  { stored, alsoOn = [], key }: StoredCopies,
  expects: Condition = {},
): Promise<{ closed: Closed; again: boolean }> {
  const { fid } = stored
  const isMetered = (await deps.view.get()).quotas.size > 0
  const ask = { domain, stored, alsoOn, key, expects, isMetered }
  const closed = await deps.uploads.close(ask).catch((error: unknown) => {
    // a class that is being deleted takes its uploads with it
    if (violates(error, "a file's class belongs to its domain"))
      throw new Problem('no_temp_file', { fid })
    throw error
  })
  const done =
    closed === undefined
      ? judgeUnclosed(stored, await first(deps.db, explainUploads([{ domain, stored, key }])))
      : judgeClose(stored, closed)
  const answer = answerClose(done, await awaitCopies(deps, [done]))
  return { closed: answer, again: done.again === true }
}

/** What is answered when those that are `short` were waited for in vain. */
export function answerClose(
  { fid, replacedFid }: DoneClose,
  short: ReadonlyMap<Fid, DoneClose>,
): Closed {
  const left = short.get(fid)
  if (left === undefined) return { fid, replacedFid }
  throw new Problem('copies_pending', { fid, copies: left.copies, commitAt: left.commitAt })
}

export function judgeClose({ fid }: StoredUpload, closed: ClosedUpload): DoneClose {
  if (!closed.linked) throw new Problem('precondition_failed', { fid })
  return closed
}

/**
 * Why the statement found nothing to close. Closing again what was closed is answered as the first
 * time: the answer may have been lost.
 */
export function judgeUnclosed(stored: StoredUpload, facts?: UploadFacts): DoneClose {
  const { fid, deviceId, bytes, checksum } = stored
  if (facts?.closed === true && facts.closedBytes === bytes && facts.closedChecksum === checksum)
    return { ...facts, again: true }
  if (facts?.open !== true) throw new Problem('no_temp_file', { fid })
  if (!facts.offered) throw new Problem('invalid_destdev', { fid, deviceId })
  if (facts.dead) throw new Problem('device_unavailable', { fid, deviceId })
  const { promisedBytes, promisedChecksum } = facts
  expectSame(stored, {
    bytes: promisedBytes ?? undefined,
    checksum: promisedChecksum ?? undefined,
  })
  if (facts.overQuota) throw new Problem('quota_exceeded', { fid, bytes })
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

/** One upload as a client stored it: on one device, and the same on others. */
export interface StoredCopies {
  stored: StoredUpload
  alsoOn?: readonly DeviceId[]
  /** In place of the one that the open named. */
  key?: Key | undefined
}

/** The devices whose nodes say that they stored the same. */
export function checkOthers(
  deps: Deps,
  devices: readonly DeviceView[],
  stored: StoredUpload,
  receipts: CloseRequest['receipts'] = [],
): DeviceId[] {
  return receipts.map(({ deviceId, receipt }) => {
    const device = devices.find((each) => each.deviceId === deviceId)
    if (device === undefined) throw new Problem('invalid_destdev', { deviceId })
    expectSame(checkReceipt(deps, device, stored.fid, receipt), stored)
    return deviceId
  })
}

/** Every device that a close names. */
export const namedBy = ({ deviceId, receipts = [] }: CloseRequest): DeviceId[] => [
  deviceId,
  ...receipts.map((each) => each.deviceId),
]

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
