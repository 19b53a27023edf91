// Files by their fid: a page of them, all that is known of one (MogileFS Q08, Q10), and a copy that
// an operator orders (Q32).
import * as z from 'zod'
import { DeviceId, Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { type FidFacts, type FidList, FidsQuery } from '#shared/wire/fids.ts'
import { readUrl } from '../../auth/node-urls.ts'
import { first } from '../../db/db.ts'
import { factsOfFid, listFids } from '../../db/fids.ts'
import { recordPlan } from '../../db/shortfalls.ts'
import { fidOf, readJson, readQuery, type TrackerContext } from '../../request.ts'

export async function list(c: TrackerContext): Promise<Response> {
  const { after, limit } = readQuery(c, FidsQuery)
  const answer: FidList = { files: await c.var.deps.db.all(listFids(after, limit)) }
  return c.json(answer)
}

export async function facts(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const fid = fidOf(c)
  const found = await first(deps.db, factsOfFid(fid))
  if (found === undefined) throw new Error('the facts of a fid are one row')
  const { deviceIds, ...told } = found
  const { devices, settings } = await deps.view.devices(deviceIds)
  const urls = new Map(
    devices
      .filter(({ url }) => url !== null)
      .map((device) => [
        device.deviceId,
        readUrl(deps, device, { fid, contentType: null }, settings.readTicketMs),
      ]),
  )
  const copies = deviceIds.map((deviceId) => ({ deviceId, url: urls.get(deviceId) ?? null }))
  const answer: FidFacts = { ...told, copies }
  return c.json(answer)
}

const NewCopy = z.strictObject({ fid: Fid, deviceId: DeviceId })

/** Whether there was anything to order. The agent of the device does it. */
export async function copy(c: TrackerContext): Promise<Response> {
  const { fid, deviceId } = await readJson(c, NewCopy)
  const { devices } = await c.var.deps.view.devices([deviceId])
  if (devices.length === 0) throw new Problem('no_device', { deviceId })
  const row = await first(c.var.deps.db, recordPlan([{ fid, deviceId, priority: 0 }], [], []))
  return c.json({ ordered: row?.planned === 1 }, 202)
}
