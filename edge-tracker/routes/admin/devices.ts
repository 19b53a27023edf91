// Devices: list, number a new one, mark, forget a dead one (MogileFS Q19-Q22).
import { DeviceId } from '#shared/ids.ts'
import { DEVICE_SETTLED_MS } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { DeviceChange, NewDevice } from '#shared/wire/admin.ts'
import { first, isForeignKeyViolation, violates } from '../../db/db.ts'
import { addDevice, changeDevice, deleteDevice, listDevices } from '../../db/devices.ts'
import { parse, readJson, type TrackerContext } from '../../request.ts'

export async function list(c: TrackerContext): Promise<Response> {
  return c.json({ devices: await c.var.deps.db.all(listDevices()) })
}

export async function add(c: TrackerContext): Promise<Response> {
  const wanted = await readJson(c, NewDevice, { state: 'unknown_state' })
  const { host, deviceId } = wanted
  for (;;) {
    const added = await first(c.var.deps.db, addDevice(c.var.caller, wanted)).catch(refusal)
    if (added === undefined) throw new Problem('unknown_host', { host })
    if (added === 'number taken' && deviceId === undefined) continue // by one who named it just now
    if (added === 'number taken' || added.taken) throw new Problem('existing_devid', { deviceId })
    return c.json({ deviceId: added.deviceId }, 201)
  }
}

function refusal(error: unknown): undefined | 'number taken' {
  if (isForeignKeyViolation(error)) return undefined // the host was forgotten at the same time
  if (violates(error, 'device_pkey')) return 'number taken'
  throw error
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
