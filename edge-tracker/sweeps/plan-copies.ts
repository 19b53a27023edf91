// Promise: a file short of its policy gets its copies ordered, or its reason written down.
import { MAX_REPLICATE_BACKLOG, SWEEP_WINDOW } from '#shared/limits.ts'
import {
  type PlannedCopy,
  type PutOff,
  recordPlan,
  type Settled,
  takeShortfalls,
} from '../db/shortfalls.ts'
import type { Deps } from '../deps.ts'
import { planCopies } from '../placement/plan-copies.ts'

/** How many shortfalls were looked at. */
export async function planCopiesSweep({ db, view, random }: Deps): Promise<number> {
  const shortfalls = await db.all(takeShortfalls(SWEEP_WINDOW, MAX_REPLICATE_BACKLOG))
  if (shortfalls.length === 0) return 0

  const { devices, settings } = await view.get()
  const byId = new Map(devices.map((device) => [device.deviceId, device]))
  const planned: PlannedCopy[] = []
  const settled: Settled[] = []
  const putOff: PutOff[] = []
  for (const { fid, version, copies, bytes, ...places } of shortfalls) {
    const plan =
      copies === null // its file is gone: nothing is short any more
        ? { to: [], priority: 0 }
        : planCopies({ copies, bytes: bytes ?? 0, ...places, devices: byId, settings, random })
    for (const deviceId of plan.to) planned.push({ fid, deviceId, priority: plan.priority })
    if (plan.stillShort === undefined) settled.push({ fid, version })
    else putOff.push({ fid, version, reason: plan.stillShort })
  }
  await db.all(recordPlan(planned, settled, putOff))
  return shortfalls.length
}
