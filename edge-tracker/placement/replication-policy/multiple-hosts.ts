// MultipleHosts: as many copies as the class wants, on different hosts while there are hosts.
// Pure. The rules and their order are MogileFS's (section 4).

import type { DeviceView } from '#shared/device-view.ts'
import { deviceCapabilities, hostCapabilities } from '#shared/states.ts'
import type { PolicyAsk, Verdict } from './verdict.ts'

export function multipleHosts({ on, all, candidates, copies }: PolicyAsk): Verdict {
  const usedHosts = hostsOf(on)
  if (copies === 1 && on.length === 1) return { kind: 'good' }
  if (usedHosts.size > copies || on.length > copies) return { kind: 'too-good' }
  if (usedHosts.size === copies) return { kind: 'good' }

  const availableHosts = hostsOf(all.filter(takesReplicas))
  const onEveryHost = availableHosts.isSubsetOf(usedHosts)
  if (onEveryHost && on.length >= copies) return { kind: 'good' }
  const livingDevices = all.filter(({ state }) => state !== 'dead')
  if (on.length >= 2 && on.length === livingDevices.length) return { kind: 'good' }

  const onUsedHost = (device: DeviceView) => usedHosts.has(device.hostId)
  const ideal = onEveryHost ? candidates : candidates.filter((device) => !onUsedHost(device))
  const desperate = onEveryHost ? [] : candidates.filter(onUsedHost)
  if (candidates.length === 0) return { kind: 'stuck', reason: 'no device can take a copy' }
  if (on.length >= copies && ideal.length === 0)
    return { kind: 'stuck', reason: 'copies share a host, and no other host can take one' }
  return { kind: 'short', ideal, desperate }
}

const hostsOf = (devices: readonly DeviceView[]) => new Set(devices.map(({ hostId }) => hostId))

/** By its state alone: a full or silent device does not make its host unavailable for ever. */
const takesReplicas = (device: DeviceView) =>
  deviceCapabilities[device.state].replicas && hostCapabilities[device.hostState].write
