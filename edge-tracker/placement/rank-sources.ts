// In which order the copies of a file are offered for reading, and why. Pure. MogileFS Q03.

import type { DeviceView } from '#shared/device-view.ts'
import type { Settings } from '#shared/settings.ts'
import { deviceCapabilities, hostCapabilities } from '#shared/states.ts'
import { isHeard } from './device-state.ts'
import { weightedShuffle } from './weighted-shuffle.ts'

interface ReadAsk {
  settings: Settings
  isSilent: (baseUrl: string) => boolean
}

export interface SourceAsk extends ReadAsk {
  replicas: readonly DeviceView[]
  /** How far the reader is from the device: 0 is next to it. All are alike unless told. */
  distance?: (device: DeviceView) => number
  random: () => number
}

/**
 * Idle devices first, by chance weighted with their idleness; then draining ones; last those that
 * seem unreachable, for a tracker may be wrong about that. Of each of these, the nearest first.
 * Down and dead ones are left out.
 */
export function rankSources(of: SourceAsk): DeviceView[] {
  const { replicas, random, distance = () => 0, ...ask } = of
  const offered = replicas
    .map((device) => ({ device, tier: readability(device, ask).tier }))
    .filter(({ tier }) => tier !== null)
  return weightedShuffle(offered, ({ device }) => readWeight(device), random)
    .toSorted((a, b) => (a.tier ?? 0) - (b.tier ?? 0) || distance(a.device) - distance(b.device))
    .map(({ device }) => device)
}

export interface Readability {
  /** 0 is offered first; null: not at all. */
  tier: 0 | 1 | 2 | null
  /** In words, of the device: `it is draining`. */
  why: string
}

/** How good a source a device is now: what ranks it, and what people are told, is this answer. */
export function readability(device: DeviceView, { settings, isSilent }: ReadAsk): Readability {
  const { state, hostState, url, silentMs, utilization } = device
  if (url === null) return { tier: null, why: 'its host was never heard' }
  if (!deviceCapabilities[state].read) return { tier: null, why: `it is marked ${state}` }
  if (!hostCapabilities[hostState].read)
    return { tier: null, why: `its host is marked ${hostState}` }
  if (silentMs === null) return { tier: 2, why: 'its host was never heard' }
  if (!isHeard(device, settings))
    return { tier: 2, why: `its host is silent since ${Math.round(silentMs / 1000)} s` }
  if (device.condition === 'fenced') return { tier: 2, why: 'its agent finds it fenced' }
  if (isSilent(url)) return { tier: 2, why: 'its host did not answer this tracker just now' }
  if (state === 'drain') return { tier: 1, why: 'it is draining' }
  return {
    tier: 0,
    why:
      utilization === null ? 'it is in service' : `it is busy ${percent(utilization)} of the time`,
  }
}

const percent = (share: number) => `${Math.round(share * 100)} %`

/** MogileFS weighs by 102 - utilization in percent; by the device's weight where it is unknown. */
const readWeight = ({ utilization, weight }: DeviceView) =>
  utilization === null ? weight : 102 - utilization * 100
