// Promise: a file short of its policy gets its copies ordered, or its reason written down; one that
// has more copies than it wants loses them, once none is being made.
import { MAX_REPLICATE_BACKLOG, SWEEP_WINDOW } from '#shared/limits.ts'
import { type Drop, dropCopies } from '../db/drops.ts'
import {
  bytesComing,
  type PlannedCopy,
  type PutOff,
  recordPlan,
  type Settled,
  type Shortfall,
  takeShortfalls,
} from '../db/shortfalls.ts'
import type { Deps } from '../deps.ts'
import { type CopyAsk, planCopies } from '../placement/plan-copies.ts'
import { planTrims } from '../placement/plan-trims.ts'
import { storedPolicy } from '../placement/replication-policy/parse-policy.ts'
import { roomOf } from '../placement/reserve.ts'
import { TOO_MANY } from '../placement/review-files.ts'

/** How many shortfalls were looked at. */
export async function planCopiesSweep({ db, view, random }: Deps): Promise<number> {
  const shortfalls = await db.all(takeShortfalls(SWEEP_WINDOW, MAX_REPLICATE_BACKLOG))
  if (shortfalls.length === 0) return 0

  const { devices, settings } = await view.get()
  const room = roomOf(devices, await db.all(bytesComing()))
  const verdicts: Verdicts = { planned: [], settled: [], putOff: [], drops: [] }
  for (const shortfall of shortfalls) {
    const { file } = shortfall
    if (file === null) {
      verdicts.settled.push(shortfall) // nothing is short any more
      continue
    }
    const policy = storedPolicy(file.policy)
    const ask = { ...file, ...shortfall, policy, devices: room.devices, settings, random }
    room.reserve(decide(ask, shortfall, verdicts), file.bytes)
  }
  await db.all(recordPlan(verdicts.planned, verdicts.settled, verdicts.putOff))
  if (verdicts.drops.length > 0) await db.all(dropCopies(verdicts.drops))
  return shortfalls.length
}

interface Verdicts {
  planned: PlannedCopy[]
  settled: Settled[]
  putOff: PutOff[]
  drops: Drop[]
}

/** Where copies of one file are ordered. */
function decide(ask: CopyAsk, { fid, version }: Shortfall, verdicts: Verdicts) {
  const { to, priority, stillShort, tooGood } = planCopies(ask)
  for (const deviceId of to) verdicts.planned.push({ fid, deviceId, priority })
  const areMade = to.length > 0 || ask.coming.length > 0
  if (tooGood === true && !areMade) {
    const { drop, keep } = planTrims(ask)
    for (const deviceId of drop) verdicts.drops.push({ fid, deviceId, keep })
  }
  const reason = stillShort ?? (tooGood === true && areMade ? TOO_MANY : undefined)
  if (reason === undefined) verdicts.settled.push({ fid, version })
  else verdicts.putOff.push({ fid, version, reason })
  return to
}
