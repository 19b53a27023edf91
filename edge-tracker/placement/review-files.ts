// What a walk through a class finds in a window: files that are short of their policy, how urgent
// each is, and copies that are more than wanted. Pure. Files that lie alike are judged once.

import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId, Fid } from '#shared/ids.ts'
import type { Settings } from '#shared/settings.ts'
import { deviceCapabilities } from '#shared/states.ts'
import { canBeRead } from './device-state.ts'
import { planTrims } from './plan-trims.ts'
import { networksOf } from './replication-policy/cluster-shape.ts'
import type { Policy } from './replication-policy/verdict.ts'

export interface ReviewAsk {
  policy: Policy
  copies: number
  devices: ReadonlyMap<DeviceId, DeviceView>
  settings: Settings
}

export interface PlacedFile {
  fid: Fid
  on: readonly DeviceId[]
  coming: readonly DeviceId[]
  masked: readonly DeviceId[]
}

export type Finding =
  | { kind: 'content' }
  | { kind: 'short'; reason: string; priority: number }
  | { kind: 'surplus'; drop: DeviceId[]; keep: DeviceId[] }

/** The order in which files that are short are planned, and no other meaning. */
export const urgency = { lastCopy: 0, fresh: 1, oneNetwork: 2, other: 3 } as const

const TOO_FEW = 'too few copies, or in too few places'
export const TOO_MANY = 'more copies than its policy wants'

/** A judge with a memory: of a million files, few lie each in its own way. */
export function reviewer(ask: ReviewAsk): (file: Omit<PlacedFile, 'fid'>) => Finding {
  const all = [...ask.devices.values()]
  const known = new Map<string, Finding>()
  return (file) => {
    const placement = [file.on, file.coming, file.masked].map((ids) => ids.join(' ')).join(',')
    const before = known.get(placement)
    if (before !== undefined) return before
    const finding = judge(ask, all, file)
    known.set(placement, finding)
    return finding
  }
}

function judge(
  ask: ReviewAsk,
  all: readonly DeviceView[],
  { on, coming, masked }: Omit<PlacedFile, 'fid'>,
): Finding {
  const kept = all.filter(
    ({ deviceId, state }) => on.includes(deviceId) && deviceCapabilities[state].keeps,
  )
  const arriving = all.filter(({ deviceId }) => coming.includes(deviceId) && !on.includes(deviceId))
  const { kind } = ask.policy.judge({
    on: [...kept, ...arriving],
    all,
    candidates: [],
    copies: ask.copies,
  })
  if (kind === 'good') return { kind: 'content' }
  if (kind !== 'too-good') return { kind: 'short', reason: TOO_FEW, priority: urgencyOf(ask, kept) }

  // a copy that is being made may need one that could be spared
  if (coming.length > 0) return { kind: 'short', reason: TOO_MANY, priority: urgency.other }
  const { drop, keep } = planTrims({ ...ask, on, masked })
  return drop.length === 0 ? { kind: 'content' } : { kind: 'surplus', drop, keep }
}

function urgencyOf({ settings }: ReviewAsk, kept: readonly DeviceView[]): number {
  const live = kept.filter((device) => canBeRead(device, settings))
  if (live.length <= 1) return urgency.lastCopy
  return networksOf(live).size === 1 ? urgency.oneNetwork : urgency.other
}
