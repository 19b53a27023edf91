// Devices: list, number a new one, mark (MogileFS Q19-Q22).
import { DeviceId } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { DeviceChange, NewDevice } from '#shared/wire/admin.ts'
import { first } from '../../db/db.ts'
import { addDevice, changeDevice, listDevices } from '../../db/devices.ts'
import { parse, readJson, type TrackerContext } from '../../request.ts'

export async function list(c: TrackerContext): Promise<Response> {
  return c.json({ devices: await c.var.deps.db.all(listDevices()) })
}

export async function add(c: TrackerContext): Promise<Response> {
  const { host } = await readJson(c, NewDevice)
  const device = await first(c.var.deps.db, addDevice(host))
  if (device === undefined) throw new Problem('unknown_host', { host })
  return c.json(device, 201)
}

export async function change(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const deviceId = parse(DeviceId, Number(c.req.param('deviceId')))
  const wanted = await readJson(c, DeviceChange)
  const marked = await first(deps.db, changeDevice(deviceId, wanted))
  if (marked === undefined) throw new Problem('no_device', { deviceId })
  if (!marked.changed) throw new Problem('state_too_high', { deviceId, state: wanted.state })

  deps.view.forget()
  const devices = await deps.db.all(listDevices())
  return c.json(devices.find((device) => device.deviceId === deviceId))
}
