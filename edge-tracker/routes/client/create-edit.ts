/**
 * POST edits: a new revision that begins with the bytes of the present one, on a device that holds
 * them (MogileFS Q11). Of two who edit one file, the second finds it changed when it closes.
 */
import { assert } from '#shared/assert.ts'
import { type Edit, EditRequest } from '#shared/wire/uploads.ts'
import { readUrl } from '../../auth/node-urls.ts'
import { first } from '../../db/db.ts'
import { fileDetail } from '../../db/files.ts'
import { domainOf, readJson, type TrackerContext } from '../../request.ts'
import { missing } from '../located.ts'
import { openAt, uploadAnswer } from '../opening.ts'
import { reachedBy } from '../reader.ts'

export async function createEdit(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const domain = domainOf(c)
  const { key } = await readJson(c, EditRequest)
  const file = await first(deps.db, fileDetail(domain, key))
  if (file === undefined) throw await missing(deps, domain, key)

  const request = {
    key,
    class: file.class,
    roomBytes: file.bytes,
    parts: true,
    metadata: file.metadata,
    ifMatch: [String(file.fid)],
    ...(file.contentType !== null && { contentType: file.contentType }),
  }
  const opened = await openAt(deps, domain, request, file.deviceIds)
  const reached = reachedBy(c)
  const { fid, expiresAt, targets } = uploadAnswer(deps, opened, request, reached)
  const [[target], [device]] = [targets, opened.targets]
  assert(target !== undefined && device !== undefined, 'an upload is opened on a device')
  const { uploadMs } = (await deps.view.get()).settings
  const answer: Edit = {
    fid,
    class: file.class,
    expiresAt,
    deviceId: device.deviceId,
    source: readUrl(deps, device, file, uploadMs, { at: reached(device) }),
    target: target.url,
  }
  return c.json(answer, 201)
}
