/**
 * POST close: links the key to what a node stored. With the node's receipt nothing is asked of
 * anybody; without one the node is asked for the size and the checksum. A refusal loses nothing.
 */

import type { DeviceView } from '#shared/device-view.ts'
import { algorithmOf, checksumOfDigest } from '#shared/digests.ts'
import { Checksum, type DomainName, type Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { CloseRequest } from '#shared/wire/uploads.ts'
import { readUrl } from '../../auth/node-urls.ts'
import type { StoredUpload } from '../../db/closes.ts'
import type { Deps } from '../../deps.ts'
import { conditionOf, domainOf, fidOf, readJson, type TrackerContext } from '../../request.ts'
import {
  checkOthers,
  checkReceipt,
  closeAt,
  expectSame,
  expectStored,
  namedBy,
} from '../closing.ts'

/** To hash a file takes longer than to say that it is there; a slow disk reads at this pace. */
const HASHED_BYTES_PER_MS = 50_000
const HASHING_TIMEOUT_MS = 60_000

export async function createClose(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const fid = fidOf(c)
  const request = await readJson(c, CloseRequest)

  const { devices } = await deps.view.devices(namedBy(request))
  const device = devices.find(({ deviceId }) => deviceId === request.deviceId)
  if (device === undefined) throw new Problem('invalid_destdev', { deviceId: request.deviceId })
  const stored =
    request.receipt === undefined
      ? await askNode(deps, domainOf(c), device, fid)
      : checkReceipt(deps, device, fid, request.receipt)

  expectSame(stored, request)
  const alsoOn = checkOthers(deps, devices, stored, request.receipts)
  const copies = { stored, alsoOn }
  return c.json(await closeAt(deps, domainOf(c), copies, conditionOf(c, request)))
}

async function askNode(
  deps: Deps,
  domain: DomainName,
  device: DeviceView,
  fid: Fid,
): Promise<StoredUpload> {
  const { deviceId } = device
  const kind = await expectStored(deps, domain, fid, deviceId)
  const { nodeTimeoutMs } = (await deps.view.get()).settings
  const at = deps.isInside === true ? device.internalUrl : device.url
  const url = readUrl(deps, device, { fid, contentType: null }, HASHING_TIMEOUT_MS, { at })
  const copy = { url, node: device.url ?? '' }
  const head = async (timeoutMs: number, headers?: Record<string, string>) => {
    const response = await deps.nodes.head(copy, timeoutMs, headers)
    const length = response?.headers.get('content-length')
    if (response?.status !== 200 || typeof length !== 'string')
      throw new Problem('size_verify_error', { fid, deviceId, status: response?.status ?? null })
    return { bytes: Number(length), digest: response.headers.get('repr-digest') }
  }

  // a node that is stopped costs a short wait, and only one that has much to read a long one
  const { bytes } = await head(nodeTimeoutMs)
  const algorithm = algorithmOf(kind)
  if (algorithm === undefined) return { fid, deviceId, bytes, checksum: Checksum.parse('none') }
  const hashingMs = nodeTimeoutMs + Math.ceil(bytes / HASHED_BYTES_PER_MS)
  const { digest } = await head(Math.min(hashingMs, HASHING_TIMEOUT_MS), {
    'want-repr-digest': `${algorithm}=1`,
  })
  const checksum = checksumOfDigest(digest, kind)
  if (checksum === undefined) throw new Problem('size_verify_error', { fid, deviceId })
  return { fid, deviceId, bytes, checksum }
}
