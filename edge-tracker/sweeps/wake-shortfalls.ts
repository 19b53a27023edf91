// Promise: a host that came back, a new disk, a disk with room again: files that wait for a place
// get it at once, and not when their next try would come.
import type { DeviceView } from '#shared/device-view.ts'
import { AWAKENING_REST_MS, SWEEP_WINDOW } from '#shared/limits.ts'
import { first } from '../db/db.ts'
import { wakeShortfalls } from '../db/wake.ts'
import type { Deps } from '../deps.ts'
import { canBeRead, canReceiveReplicas } from '../placement/device-state.ts'

export async function wakeShortfallsSweep({ db, view }: Deps): Promise<number> {
  const { devices, settings } = await view.get()
  const receiving = devices.filter((device) => canReceiveReplicas(device, settings))
  const readable = devices.filter((device) => canBeRead(device, settings))
  const able = [...idsOf(receiving), ...idsOf(readable).map((id) => -id)]
  return (await first(db, wakeShortfalls(able, SWEEP_WINDOW, AWAKENING_REST_MS)))?.woken ?? 0
}

const idsOf = (devices: readonly DeviceView[]): number[] => devices.map(({ deviceId }) => deviceId)
