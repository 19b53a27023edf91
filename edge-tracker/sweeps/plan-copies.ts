// Promise: a file short of its policy gets its copies ordered, or its reason written down.
import { MAX_REPLICATE_BACKLOG, SWEEP_WINDOW } from '#shared/limits.ts'
import {
  bytesComing,
  type PlannedCopy,
  type PutOff,
  recordPlan,
  type Settled,
  takeShortfalls,
} from '../db/shortfalls.ts'
import type { Deps } from '../deps.ts'
import { planCopies } from '../placement/plan-copies.ts'
import { storedPolicy } from '../placement/replication-policy/parse-policy.ts'
import { roomOf } from '../placement/reserve.ts'

/** How many shortfalls were looked at. */
export async function planCopiesSweep({ db, view, random }: Deps): Promise<number> {
  const shortfalls = await db.all(takeShortfalls(SWEEP_WINDOW, MAX_REPLICATE_BACKLOG))
  if (shortfalls.length === 0) return 0

  const { devices, settings } = await view.get()
  const room = roomOf(devices, await db.all(bytesComing()))
  const planned: PlannedCopy[] = []
  const settled: Settled[] = []
  const putOff: PutOff[] = []
  for (const { fid, version, file, ...places } of shortfalls) {
    if (file === null) {
      settled.push({ fid, version }) // nothing is short any more
      continue
    }
    const policy = storedPolicy(file.policy)
    const ask = { ...file, ...places, policy, masked: [], devices: room.devices, settings, random }
    const plan = planCopies(ask)
    room.reserve(plan.to, file.bytes)
    for (const deviceId of plan.to) planned.push({ fid, deviceId, priority: plan.priority })
    if (plan.stillShort === undefined) settled.push({ fid, version })
    else putOff.push({ fid, version, reason: plan.stillShort })
  }
  await db.all(recordPlan(planned, settled, putOff))
  return shortfalls.length
}
