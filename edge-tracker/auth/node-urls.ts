// URLs of nodes with their tickets: the only place where a tracker signs.

import type { DeviceView } from '#shared/device-view.ts'
import type { Checksum, ChecksumKind, Fid } from '#shared/ids.ts'
import { signedUrl } from '#shared/tickets.ts'
import type { Deps } from '../deps.ts'

/** Whole minutes, so that one minute's readers of a file share a URL and its caches. */
const READ_STEP_S = 60

type Signer = Pick<Deps, 'keys' | 'clock'>

interface ReadUrlOptions {
  at?: string | null
  lastS?: number | undefined
  /** For an agent that makes a copy. */
  isCopy?: boolean
  /** Of the file that a close finds: one that came in parts is made of them then. */
  closesAt?: number | undefined
}

export const readUrl = (
  { keys, clock }: Signer,
  device: DeviceView,
  file: { fid: Fid; contentType: string | null; checksum?: Checksum },
  ticketMs: number,
  { at = device.url, lastS, isCopy = false, closesAt }: ReadUrlOptions = {},
): string =>
  signedUrl(
    at ?? '',
    {
      verb: 'GET',
      deviceId: device.deviceId,
      fid: file.fid,
      untilS: readUntilS({ clock }, ticketMs, lastS),
      ...(file.contentType !== null && { contentType: file.contentType }),
      ...(file.checksum !== undefined && file.checksum !== 'none' && { checksum: file.checksum }),
      ...(isCopy && { copy: true }),
      ...(closesAt !== undefined && { bytes: closesAt }),
    },
    keys.of(device.hostId, device.keyVersion),
  )

/** When a URL for reading that is made now ends: `lastS` at the latest. */
export const readUntilS = (
  { clock }: Pick<Signer, 'clock'>,
  ticketMs: number,
  lastS = Number.POSITIVE_INFINITY,
): number =>
  Math.min(Math.ceil((clock.nowMs() + ticketMs) / 1000 / READ_STEP_S) * READ_STEP_S, lastS)

export const writeUrl = (
  { keys }: Signer,
  device: DeviceView,
  upload: {
    fid: Fid
    expiresAtMs: number
    maxBytes: number
    commit: boolean
    checksumKind: ChecksumKind
    /** Where it comes in parts and is known. */
    bytes?: number | undefined
    parts?: boolean | undefined
  },
  at: string,
): string =>
  signedUrl(
    at,
    {
      verb: 'PUT',
      deviceId: device.deviceId,
      fid: upload.fid,
      untilS: Math.floor(upload.expiresAtMs / 1000),
      maxBytes: upload.maxBytes,
      checksumKind: upload.checksumKind,
      ...(upload.commit && { commit: true }),
      ...(upload.bytes !== undefined && { bytes: upload.bytes }),
      ...(upload.parts === true && { parts: true }),
    },
    keys.of(device.hostId, device.keyVersion),
  )
