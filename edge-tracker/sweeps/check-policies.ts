// Promise: a file that a run of fsck is about, and that does not lie as its class asks, is found.
import { SWEEP_WINDOW } from '#shared/limits.ts'
import { first } from '../db/db.ts'
import { nextPolicies, recordPolicies } from '../db/policies.ts'
import type { Deps } from '../deps.ts'
import { checkPolicy } from '../placement/check-policy.ts'

/** Full while a run has files left, however few of a window were its own. */
export async function checkPoliciesSweep({ db, view }: Deps): Promise<number> {
  const window = await first(db, nextPolicies())
  if (window === undefined) return 0

  const { devices } = await view.get()
  const byId = new Map(devices.map((device) => [device.deviceId, device]))
  const findings = window.files.flatMap(({ fid, ...placed }) => {
    const breach = checkPolicy(placed, byId)
    return breach === undefined ? [] : [{ fid, ...breach }]
  })
  await db.all(recordPolicies(window, findings))
  return SWEEP_WINDOW
}
