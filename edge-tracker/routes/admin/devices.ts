// Devices: list, number a new one, mark, forget a dead one (MogileFS Q19-Q22).
import { DeviceId } from '#shared/ids.ts'
import { DEVICE_SETTLED_MS } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { DeviceChange, NewDevice } from '#shared/wire/admin.ts'
import { first, isForeignKeyViolation } from '../../db/db.ts'
import { addDevice, changeDevice, deleteDevice, listDevices } from '../../db/devices.ts'
import { parse, readJson, type TrackerContext } from '../../request.ts'

export async function list(c: TrackerContext): Promise<Response> {
  return c.json({ devices: await c.var.deps.db.all(listDevices()) })
}

export async function add(c: TrackerContext): Promise<Response> {
  const { host } = await readJson(c, NewDevice)
  const statement = addDevice(c.var.caller, host)
  const device = await first(c.var.deps.db, statement).catch((error: unknown) => {
    if (isForeignKeyViolation(error)) return undefined // forgotten at the same time
    throw error
  })
  if (device === undefined) throw new Problem('unknown_host', { host })
  return c.json(device, 201)
}

export async function change(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const deviceId = parse(DeviceId, Number(c.req.param('deviceId')))
  const wanted = await readJson(c, DeviceChange, { state: 'unknown_state' })
  const marked = await first(deps.db, changeDevice(c.var.caller, deviceId, wanted))
  if (marked === undefined) throw new Problem('no_device', { deviceId })
  if (!marked.changed) throw new Problem('state_too_high', { deviceId, state: wanted.state })

  deps.view.forget()
  const devices = await deps.db.all(listDevices())
  return c.json(devices.find((device) => device.deviceId === deviceId))
}

/** Its number is never given again. */
export async function remove(c: TrackerContext): Promise<Response> {
  const { deps, caller } = c.var
  const deviceId = parse(DeviceId, Number(c.req.param('deviceId')))
  const found = await first(deps.db, deleteDevice(caller, deviceId, DEVICE_SETTLED_MS))
  if (found === undefined) throw new Problem('no_device', { deviceId })
  if (!found.dead) throw new Problem('device_not_dead', { deviceId })
  if (!found.gone) throw new Problem('device_not_empty', { deviceId })
  deps.view.forget()
  return c.body(null, 204)
}
