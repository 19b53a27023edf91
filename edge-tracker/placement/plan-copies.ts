// Which copies a file still needs, and where: asks the policy until it is content or stuck. Pure.

import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'
import { MAX_COPIES } from '#shared/limits.ts'
import type { Settings } from '#shared/settings.ts'
import { deviceCapabilities } from '#shared/states.ts'
import { shuffleByRoomAndLoad } from './choose-targets.ts'
import { canReceiveReplicas, hasRoomFor, mayBeRead } from './device-state.ts'
import { multipleHosts } from './replication-policy/multiple-hosts.ts'

export interface CopyAsk {
  copies: number
  bytes: number
  on: readonly DeviceId[]
  coming: readonly DeviceId[]
  /** A copy was called off there, as hopeless or unheard of: another place is wanted. */
  leaving: readonly DeviceId[]
  devices: ReadonlyMap<DeviceId, DeviceView>
  settings: Settings
  random: () => number
}

export interface CopyPlan {
  to: DeviceId[]
  /** 0 for a file with one live copy left, 2 otherwise: the job table's priorities. */
  priority: number
  /** Why the file is still short when these copies have arrived; undefined when it is not. */
  stillShort?: string
}

export function planCopies(ask: CopyAsk): CopyPlan {
  const all = [...ask.devices.values()]
  const known = (ids: readonly DeviceId[]) => all.filter(({ deviceId }) => ids.includes(deviceId))
  const kept = known(ask.on).filter(({ state }) => deviceCapabilities[state].keeps)
  const priority = kept.length <= 1 ? 0 : 2
  if (!known(ask.on).some(mayBeRead)) return { to: [], priority, stillShort: 'no copy can be read' }

  const able = all.filter(
    (device) =>
      canReceiveReplicas(device, ask.settings) &&
      hasRoomFor(device, ask.bytes, ask.settings) &&
      !ask.leaving.includes(device.deviceId),
  )
  const to: DeviceView[] = []
  while (to.length < MAX_COPIES) {
    const on = [...new Set([...kept, ...known(ask.coming), ...to])]
    const free = able.filter((device) => !on.includes(device))
    const verdict = multipleHosts({ on, all, candidates: free, copies: ask.copies })
    if (verdict.kind === 'stuck') return { to: idsOf(to), priority, stillShort: verdict.reason }
    if (verdict.kind !== 'short') break
    const best =
      shuffleByRoomAndLoad(verdict.ideal, ask.random)[0] ??
      shuffleByRoomAndLoad(verdict.desperate, ask.random)[0]
    if (best === undefined) break
    to.push(best)
  }
  return { to: idsOf(to), priority }
}

const idsOf = (devices: readonly DeviceView[]) => devices.map(({ deviceId }) => deviceId)
