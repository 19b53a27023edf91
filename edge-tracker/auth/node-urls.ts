// URLs of nodes with their tickets: the only place where a tracker signs.

import type { DeviceView } from '#shared/device-view.ts'
import type { ChecksumKind, Fid } from '#shared/ids.ts'
import { signedUrl } from '#shared/tickets.ts'
import type { Deps } from '../deps.ts'

/** Whole minutes, so that one minute's readers of a file share a URL and its caches. */
const READ_STEP_S = 60

type Signer = Pick<Deps, 'keys' | 'clock'>

export const readUrl = (
  { keys, clock }: Signer,
  device: DeviceView,
  file: { fid: Fid; contentType: string | null },
  ticketMs: number,
  /** It ends then at the latest. */
  lastS = Number.POSITIVE_INFINITY,
): string => {
  const fullS = Math.ceil((clock.nowMs() + ticketMs) / 1000 / READ_STEP_S) * READ_STEP_S
  const untilS = Math.min(fullS, lastS)
  return signedUrl(
    device.url ?? '',
    {
      verb: 'GET',
      deviceId: device.deviceId,
      fid: file.fid,
      untilS,
      ...(file.contentType !== null && { contentType: file.contentType }),
    },
    keys.of(device.hostId, device.keyVersion),
  )
}

export const writeUrl = (
  { keys }: Signer,
  device: DeviceView,
  upload: {
    fid: Fid
    expiresAtMs: number
    maxBytes: number
    commit: boolean
    checksumKind: ChecksumKind
  },
): string =>
  signedUrl(
    device.url ?? '',
    {
      verb: 'PUT',
      deviceId: device.deviceId,
      fid: upload.fid,
      untilS: Math.floor(upload.expiresAtMs / 1000),
      maxBytes: upload.maxBytes,
      checksumKind: upload.checksumKind,
      ...(upload.commit && { commit: true }),
    },
    keys.of(device.hostId, device.keyVersion),
  )
