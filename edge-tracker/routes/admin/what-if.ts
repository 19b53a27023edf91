// What it would mean if a device or a host died, or were drained. Changes nothing; from the ledger.
import type { DeviceId } from '#shared/ids.ts'
import { MAX_JUDGED_PLACEMENTS } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { type WhatIfAnswer, WhatIfQuery } from '#shared/wire/what-if.ts'
import { listHosts } from '../../db/hosts.ts'
import { placementsOn } from '../../db/placements-on.ts'
import { bytesComing } from '../../db/shortfalls.ts'
import type { Deps } from '../../deps.ts'
import { storedPolicy } from '../../placement/replication-policy/parse-policy.ts'
import { roomOf } from '../../placement/reserve.ts'
import { whatIf as judge } from '../../placement/what-if.ts'
import { readQuery, type TrackerContext } from '../../request.ts'

export async function whatIf(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const { event, device, host } = readQuery(c, WhatIfQuery)
  const { devices, settings } = await deps.view.get()
  const deviceIds = await devicesMeant(deps, device, host)

  const lying = await deps.db.all(placementsOn(deviceIds, MAX_JUDGED_PLACEMENTS + 1))
  const placements = lying
    .slice(0, MAX_JUDGED_PLACEMENTS)
    .map(({ policy, ...each }) => Object.assign(each, { policy: storedPolicy(policy) }))
  const room = roomOf(devices, await deps.db.all(bytesComing()))
  const answer: WhatIfAnswer = {
    event,
    deviceIds,
    ...judge({ event, gone: deviceIds, placements, devices: [...room.devices.values()], settings }),
    isWhole: lying.length <= MAX_JUDGED_PLACEMENTS,
  }
  return c.json(answer)
}

async function devicesMeant(
  { db, view }: Deps,
  device: number | undefined,
  host: string | undefined,
): Promise<DeviceId[]> {
  const { devices } = await view.get()
  if (device !== undefined) {
    const found = devices.find(({ deviceId }) => deviceId === device)
    if (found === undefined) throw new Problem('no_device', { deviceId: device })
    return [found.deviceId]
  }
  const hosts = await db.all(listHosts())
  const found = hosts.find(({ name }) => name === host)
  if (found === undefined) throw new Problem('unknown_host', { host })
  return devices.filter(({ hostId }) => hostId === found.hostId).map(({ deviceId }) => deviceId)
}
