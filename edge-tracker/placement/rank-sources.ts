// In which order the copies of a file are offered for reading. Pure. MogileFS Q03.

import type { DeviceView } from '#shared/device-view.ts'
import type { Settings } from '#shared/settings.ts'
import { canBeRead, mayBeRead } from './device-state.ts'
import { weightedShuffle } from './weighted-shuffle.ts'

export interface SourceAsk {
  replicas: readonly DeviceView[]
  settings: Settings
  isSilent: (baseUrl: string) => boolean
  random: () => number
}

/**
 * Idle devices first, by chance weighted with their idleness; then draining ones; last those that
 * seem unreachable, for a tracker may be wrong about that. Down and dead ones are left out.
 */
export function rankSources({ replicas, settings, isSilent, random }: SourceAsk): DeviceView[] {
  const tierOf = (device: DeviceView) => {
    if (!canBeRead(device, settings) || isSilent(device.url ?? '')) return 2
    return device.state === 'drain' ? 1 : 0
  }
  return weightedShuffle(replicas.filter(mayBeRead), readWeight, random).toSorted(
    (a, b) => tierOf(a) - tierOf(b),
  )
}

/** MogileFS weighs by 102 - utilization in percent; by the device's weight where it is unknown. */
const readWeight = ({ utilization, weight }: DeviceView) =>
  utilization === null ? weight : 102 - utilization * 100
