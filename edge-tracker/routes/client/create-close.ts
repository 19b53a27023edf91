/**
 * POST close: links the key to what a node stored. With the node's receipt nothing is asked of
 * anybody; without one the node is asked for the size and the checksum. A refusal loses nothing.
 */

import type { DeviceView } from '#shared/device-view.ts'
import { kindOfChecksum } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { AGAIN_FIELD, CloseRequest } from '#shared/wire/uploads.ts'
import type { StoredUpload } from '../../db/closes.ts'
import type { Deps } from '../../deps.ts'
import { conditionOf, domainOf, fidOf, readJson, type TrackerContext } from '../../request.ts'
import { askNode, checksumAt } from '../asking-node.ts'
import { checkOthers, checkReceipt, closeAt, expectSame, namedBy } from '../closing.ts'

export async function createClose(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const [domain, fid] = [domainOf(c), fidOf(c)]
  const request = await readJson(c, CloseRequest)
  const { key } = request

  const { devices } = await deps.view.devices(namedBy(request))
  const device = devices.find(({ deviceId }) => deviceId === request.deviceId)
  if (device === undefined) throw new Problem('invalid_destdev', { deviceId: request.deviceId })
  const stored =
    request.receipt === undefined
      ? await askNode(deps, { domain, device, fid, request })
      : checkReceipt(deps, device, fid, request.receipt)

  await expectPromised(deps, device, stored, request)
  const alsoOn = checkOthers(deps, devices, stored, request.receipts)
  const copies = { stored, alsoOn, key }
  const { closed, again } = await closeAt(deps, domain, copies, conditionOf(c, request))
  return c.json(closed, 200, again ? { [AGAIN_FIELD]: '1' } : {})
}

/** What was stored is what was promised, by a checksum of whatever kind. */
async function expectPromised(
  deps: Deps,
  device: DeviceView,
  stored: StoredUpload,
  { bytes, checksum }: CloseRequest,
): Promise<void> {
  const kind = checksum === undefined ? undefined : kindOfChecksum(checksum)
  const isOther = kind !== undefined && kind !== 'none' && kind !== kindOfChecksum(stored.checksum)
  expectSame(stored, { bytes, checksum: isOther ? undefined : checksum })
  if (!isOther) return
  const measured = await checksumAt(deps, device, stored, kind)
  expectSame({ ...stored, checksum: measured }, { checksum })
}
