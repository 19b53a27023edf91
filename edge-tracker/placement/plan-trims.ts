// Which copies of a file are more than its policy wants, and may go. Pure. Only copies that can be
// read now count as enough: a file is not trimmed to what is away at the moment (I4).

import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'
import type { Settings } from '#shared/settings.ts'
import { deviceCapabilities } from '#shared/states.ts'
import { canBeRead, shareFree } from './device-state.ts'
import { isContent, type Policy } from './replication-policy/verdict.ts'

export interface TrimAsk {
  policy: Policy
  copies: number
  on: readonly DeviceId[]
  /** Copies that are to leave anyway. */
  masked: readonly DeviceId[]
  devices: ReadonlyMap<DeviceId, DeviceView>
  settings: Settings
}

export interface TrimPlan {
  drop: DeviceId[]
  /** The drops are right as long as all of these are there. */
  keep: DeviceId[]
}

export function planTrims({
  policy,
  copies,
  masked,
  devices,
  settings,
  ...ask
}: TrimAsk): TrimPlan {
  const all = [...devices.values()]
  const isMasked = ({ deviceId }: DeviceView) => masked.includes(deviceId)
  const judge = (on: readonly DeviceView[]) => policy.judge({ on, all, candidates: [], copies })

  let on = all.filter(
    ({ deviceId, state }) => ask.on.includes(deviceId) && deviceCapabilities[state].keeps,
  )
  const drop: DeviceView[] = []
  for (const device of byWillingness(on, isMasked)) {
    if (judge(on).kind !== 'too-good') break
    const left = on.filter((each) => each !== device)
    const readable = left.filter((each) => !isMasked(each) && canBeRead(each, settings))
    if (readable.length === 0 || !isContent(judge(readable))) continue
    drop.push(device)
    on = left
  }
  const keep = on.filter((each) => !isMasked(each) && canBeRead(each, settings))
  return { drop: idsOf(drop), keep: idsOf(keep) }
}

/** What is to leave first; then the drained, the fullest, the busiest. */
const byWillingness = (on: readonly DeviceView[], isMasked: (device: DeviceView) => boolean) =>
  on.toSorted(
    (a, b) =>
      Number(isMasked(b)) - Number(isMasked(a)) ||
      Number(b.state === 'drain') - Number(a.state === 'drain') ||
      shareFree(a) - shareFree(b) ||
      (b.utilization ?? 0) - (a.utilization ?? 0),
  )

const idsOf = (devices: readonly DeviceView[]) => devices.map(({ deviceId }) => deviceId)
