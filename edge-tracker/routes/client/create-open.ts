/** POST uploads: where the bytes of a new file may go. Nothing is in the namespace yet. */
import { MAX_FILE_BYTES } from '#shared/limits.ts'
import { OpenRequest, type Upload } from '#shared/wire/uploads.ts'
import { writeUrl } from '../../auth/node-urls.ts'
import { conditionOf, domainOf, readJson, type TrackerContext } from '../../request.ts'
import { openAt } from '../store.ts'

export async function createOpen(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const body = await readJson(c, OpenRequest)
  const request = { ...body, ...conditionOf(c, body) }
  const { targets, ...opened } = await openAt(deps, domainOf(c), request)

  const { fid, expiresAtMs, checksumKind } = opened
  const ticket = { ...opened, maxBytes: request.bytes ?? MAX_FILE_BYTES, commit: false }
  const upload: Upload = {
    fid,
    expiresAt: new Date(expiresAtMs).toISOString(),
    checksumKind,
    targets: targets.map((device) => ({
      deviceId: device.deviceId,
      url: writeUrl(deps, device, ticket),
    })),
  }
  return c.json(upload, 201)
}
