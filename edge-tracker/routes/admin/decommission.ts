// Taking a device, or a host with all of its devices, out for good: drains it, and says when nobody
// would miss it. DELETE takes it back into service.
import { DeviceId, Name } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { first } from '../../db/db.ts'
import { decommissionStatus, type Leaver, markLeaving } from '../../db/decommission.ts'
import { listHosts } from '../../db/hosts.ts'
import { parse, type TrackerContext } from '../../request.ts'

export async function status(c: TrackerContext): Promise<Response> {
  return c.json(await find(c, leaverOf(c)))
}

export const begin = async (c: TrackerContext): Promise<Response> => mark(c, 'drain')

export const cancel = async (c: TrackerContext): Promise<Response> => mark(c, 'alive')

async function mark(c: TrackerContext, state: 'drain' | 'alive'): Promise<Response> {
  const leaver = leaverOf(c)
  await find(c, leaver)
  await c.var.deps.db.all(markLeaving(c.var.caller, leaver, state))
  c.var.deps.view.forget()
  return c.json(await find(c, leaver))
}

function leaverOf(c: TrackerContext): Leaver {
  const host = c.req.param('host')
  return host === undefined
    ? { deviceId: parse(DeviceId, Number(c.req.param('deviceId'))) }
    : { host: parse(Name, host) }
}

async function find(c: TrackerContext, leaver: Leaver) {
  const { db } = c.var.deps
  const found = await first(db, decommissionStatus(leaver))
  if (found !== undefined && found.devices.length > 0) return found
  if ('deviceId' in leaver) throw new Problem('no_device', { deviceId: leaver.deviceId })
  const hosts = await db.all(listHosts())
  if (hosts.every(({ name }) => name !== leaver.host)) throw new Problem('unknown_host', leaver)
  return { devices: [], refused: [], isSafe: true } // a host without devices
}
