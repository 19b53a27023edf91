// What lies at a node, for a close that brings no receipt: its size and its checksum, by HEAD.

import type { DeviceView } from '#shared/device-view.ts'
import { algorithmOf, checksumOfDigest } from '#shared/digests.ts'
import { fidPath } from '#shared/fid-path.ts'
import { Checksum, type ChecksumKind, type DomainName, type Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { type CheckedTicket, checkTicket } from '#shared/tickets.ts'
import type { CloseRequest } from '#shared/wire/uploads.ts'
import { readUrl } from '../auth/node-urls.ts'
import type { StoredUpload } from '../db/closes.ts'
import type { Deps } from '../deps.ts'
import { expectStored } from './closing.ts'

/** To hash a file takes longer than to say that it is there; a slow disk reads at this pace. */
const HASHED_BYTES_PER_MS = 50_000
const HASHING_TIMEOUT_MS = 60_000
/** So much is hashed in no time: the size and the checksum of such a file are one question. */
const HASHED_AT_ONCE_BYTES = 4 * 1_048_576

interface Place {
  device: DeviceView
  fid: Fid
  /** As the client says: a node that has just so much, in parts, makes a file of them. */
  bytes?: number | undefined
}

interface StoredAt extends Place {
  domain: DomainName
  request: Pick<CloseRequest, 'bytes' | 'url'>
}

export async function askNode(
  deps: Deps,
  { domain, device, fid, request }: StoredAt,
): Promise<StoredUpload> {
  const { deviceId } = device
  const ticket =
    request.url === undefined ? undefined : ticketOf(deps, { device, fid }, request.url)
  const kind =
    ticket === undefined
      ? await expectStored(deps, domain, fid, deviceId)
      : (ticket.checksumKind ?? 'SHA-256')
  const place = { device, fid, bytes: request.bytes }
  if (ticket === undefined) return measure(deps, place, kind)
  return measure(deps, place, kind).catch(async (error: unknown) => {
    await expectStored(deps, domain, fid, deviceId) // what was given up is erased, and not there
    throw error
  })
}

async function measure(deps: Deps, place: Place, kind: ChecksumKind): Promise<StoredUpload> {
  const { device, fid } = place
  const { deviceId } = device
  if (kind === 'none') {
    const { bytes } = await head(deps, place)
    return { fid, deviceId, bytes, checksum: Checksum.parse('none') }
  }
  // a node that is stopped costs a short wait, and only one that has much to read a long one
  const isSmall = (place.bytes ?? HASHED_AT_ONCE_BYTES) < HASHED_AT_ONCE_BYTES
  const known = isSmall ? place.bytes : (await head(deps, place)).bytes
  return { fid, deviceId, ...(await hashed(deps, place, kind, known)) }
}

/** The checksum of what was stored, in another kind than the class keeps. */
export async function checksumAt(
  deps: Deps,
  device: DeviceView,
  { fid, bytes }: StoredUpload,
  kind: ChecksumKind,
): Promise<Checksum> {
  return (await hashed(deps, { device, fid }, kind, bytes)).checksum
}

async function hashed(deps: Deps, place: Place, kind: ChecksumKind, expected = 0) {
  const { nodeTimeoutMs } = (await deps.view.get()).settings
  const timeoutMs = nodeTimeoutMs + Math.ceil(expected / HASHED_BYTES_PER_MS)
  const want = { 'want-repr-digest': `${algorithmOf(kind)}=1` }
  const { bytes, digest } = await head(deps, place, want, Math.min(timeoutMs, HASHING_TIMEOUT_MS))
  const checksum = checksumOfDigest(digest, kind)
  const { fid, device } = place
  if (checksum === undefined)
    throw new Problem('size_verify_error', { fid, deviceId: device.deviceId })
  return { bytes, checksum }
}

async function head(
  deps: Deps,
  { device, fid, bytes }: Place,
  headers?: Record<string, string>,
  timeoutMs?: number,
) {
  const { nodeTimeoutMs } = (await deps.view.get()).settings
  const at = deps.isInside === true ? device.internalUrl : device.url
  // who names no length has sent no parts, or cannot have a file of them
  const url = readUrl(deps, device, { fid, contentType: null }, HASHING_TIMEOUT_MS, {
    at,
    closesAt: bytes ?? 0,
  })
  const copy = { url, node: device.url ?? '' }
  const response = await deps.nodes.head(copy, timeoutMs ?? nodeTimeoutMs, headers)
  const length = response?.headers.get('content-length')
  if (response?.status !== 200 || typeof length !== 'string') {
    const { deviceId } = device
    throw new Problem('size_verify_error', { fid, deviceId, status: response?.status ?? null })
  }
  return { bytes: Number(length), digest: response.headers.get('repr-digest') }
}

/**
 * The ticket of the URL at which a client says that it stored: what was offered, and what the node
 * computed, is in it. Undefined: it is not ours or has expired, and the database is asked.
 */
function ticketOf(deps: Deps, { device, fid }: Place, text: string): CheckedTicket | undefined {
  const { deviceId, hostId, keyVersion } = device
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHere = url !== undefined && [device.url, device.internalUrl].includes(url.origin)
  if (!isHere || url.pathname !== fidPath(deviceId, fid))
    throw new Problem('bogus_args', { fid, deviceId })

  const versions = [keyVersion, keyVersion + 1, keyVersion - 1]
  const keys = versions.flatMap((version) => deps.keys.valid(hostId, keyVersion, version))
  const nowMs = deps.clock.nowMs()
  try {
    return checkTicket(url.search.slice(1), { deviceId, fid }, 'PUT', keys, nowMs)
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}
