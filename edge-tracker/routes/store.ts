// The two halves of storing that more than one route needs: opening with placement, and closing
// with the reasons when it is refused.

import type { DeviceView } from '#shared/device-view.ts'
import {
  type ChecksumKind,
  type DeviceId,
  type DomainName,
  type Fid,
  type Key,
  kindOfChecksum,
} from '#shared/ids.ts'
import { type Condition, holdsFor, isConditional } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import type { Closed, OpenRequest } from '#shared/wire/uploads.ts'
import { kindOfClass } from '../db/classes.ts'
import { explainUpload, type StoredUpload } from '../db/closes.ts'
import { first, violates } from '../db/db.ts'
import { currentFile } from '../db/files.ts'
import type { Deps } from '../deps.ts'
import { chooseTargets } from '../placement/choose-targets.ts'

export interface OpenedUpload {
  fid: Fid
  expiresAtMs: number
  /** Of the checksum that the nodes are to compute. */
  checksumKind: ChecksumKind
  /** In the order to try. */
  targets: DeviceView[]
}

export async function openAt(
  deps: Deps,
  domain: DomainName,
  request: OpenRequest,
): Promise<OpenedUpload> {
  if (isConditional(request)) await expectCurrent(deps, domain, request.key, request)
  const { devices, settings, policies } = await deps.view.get()
  const policy = policies.get(`${domain}/${request.class ?? 'default'}`)
  const ranked = chooseTargets({
    devices,
    settings,
    bytes: request.bytes ?? 0,
    isSilent: (url) => deps.nodes.isSilent(url),
    random: deps.random,
    policy,
  })
  if (ranked.length === 0) {
    deps.view.forget()
    throw new Problem('no_devices', { bytes: request.bytes ?? null })
  }
  const copies = policy?.policy.copies(policy.copies)
  const ask = { domain, request, ranked, copies, uploadMs: settings.uploadMs }
  const upload = await deps.uploads.open(ask).catch((error: unknown) => {
    // the class was deleted between our look at it and the check of the new row
    if (violates(error, "an upload's class belongs to its domain"))
      throw new Problem('unreg_class', { domain, class: request.class ?? 'default' })
    throw error
  })
  if (upload === undefined) throw await unregistered(deps, domain, request)

  return { ...upload, targets: ranked.slice(0, upload.deviceIds.length) }
}

/** Before bytes are sent in vain. It is the close that decides. */
async function expectCurrent({ db }: Deps, domain: DomainName, key: Key, expects: Condition) {
  const current = await first(db, currentFile(domain, key))
  if (!holdsFor(expects, current))
    throw new Problem('precondition_failed', { domain, key, fid: current?.fid ?? null })
}

/** Which name was not there; or the promise is of a kind that the class does not keep. */
async function unregistered(deps: Deps, domain: DomainName, request: OpenRequest) {
  const name = request.class ?? 'default'
  const row = await first(deps.db, kindOfClass(domain, name))
  if (row === undefined) return new Problem('unreg_domain', { domain })
  if (row.checksumKind === null) return new Problem('unreg_class', { domain, class: name })
  const { checksumKind } = row
  return new Problem('invalid_hashtype', { domain, class: name, checksumKind })
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
  const facts = await first(db, explainUpload(domain, fid, deviceId))
  if (typeof facts?.closedChecksum === 'string') return kindOfChecksum(facts.closedChecksum)
  if (facts?.open !== true || facts.checksumKind === null)
    throw new Problem('no_temp_file', { fid })
  if (!facts.offered) throw new Problem('invalid_destdev', { fid, deviceId })
  return facts.checksumKind
}

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
  if (closed === undefined) return closedBefore(deps, domain, stored)
  if (!closed.linked) throw new Problem('precondition_failed', { fid })
  return { fid, replacedFid: closed.replacedFid }
}

/** Closing again what was closed is answered as the first time: the answer may have been lost. */
async function closedBefore(
  deps: Deps,
  domain: DomainName | null,
  { fid, deviceId, bytes, checksum }: StoredUpload,
): Promise<Closed> {
  const facts = await first(deps.db, explainUpload(domain, fid, deviceId))
  if (facts?.closed === true && facts.closedBytes === bytes && facts.closedChecksum === checksum)
    return { fid, replacedFid: facts.replacedFid }
  if (facts?.open !== true) throw new Problem('no_temp_file', { fid })
  if (!facts.offered) throw new Problem('invalid_destdev', { fid, deviceId })
  if (facts.dead) throw new Problem('device_unavailable', { fid, deviceId })
  if (facts.promisedBytes !== null && facts.promisedBytes !== bytes)
    throw new Problem('size_mismatch', { promised: facts.promisedBytes, stored: bytes })
  throw new Problem('checksum_mismatch', { promised: facts.promisedChecksum, stored: checksum })
}
