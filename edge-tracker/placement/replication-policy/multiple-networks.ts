// MultipleNetworks: copies on as many networks as there are, up to their number, and on different
// hosts. Pure. The rules are those of the plugin MogileFS-Network (section 4).

import type { DeviceView } from '#shared/device-view.ts'
import { networkOf } from '../zones.ts'
import { available, hostsOf, networksOf } from './cluster-shape.ts'
import { NO_DEVICE, type PolicyAsk, type Verdict } from './verdict.ts'

export function multipleNetworks({ on, all, candidates, copies }: PolicyAsk): Verdict {
  const takers = available(all)
  const [usedHosts, usedNetworks] = [hostsOf(on), networksOf(on)]
  const needsNetwork = usedNetworks.size < Math.min(copies, networksOf(takers).size)
  if (!needsNetwork) {
    if (usedHosts.size > copies) return { kind: 'too-good' }
    if (usedHosts.size === copies)
      return on.length > copies ? { kind: 'too-good' } : { kind: 'good' }
    const onEveryHost = hostsOf(takers).isSubsetOf(usedHosts)
    if (onEveryHost && on.length >= copies) return { kind: 'good' }
  }

  const onUsedHost = (device: DeviceView) => usedHosts.has(device.hostId)
  const inUsedNetwork = (device: DeviceView) => usedNetworks.has(networkOf(device))
  const otherHosts = candidates.filter((device) => !onUsedHost(device))
  const ideal = otherHosts.filter((device) => !inUsedNetwork(device))
  const desperate = otherHosts.filter(inUsedNetwork)
  if (candidates.length === 0) return { kind: 'stuck', reason: NO_DEVICE }
  if (on.length < copies)
    return { kind: 'short', ideal, desperate, lastResort: candidates.filter(onUsedHost) }

  // as many copies as wanted, in too few places: more of the same would only pile up
  if (needsNetwork && ideal.length === 0)
    return { kind: 'stuck', reason: 'copies share a network, and no other network can take one' }
  if (otherHosts.length === 0)
    return { kind: 'stuck', reason: 'copies share a host, and no other host can take one' }
  return { kind: 'short', ideal, desperate: needsNetwork ? [] : desperate }
}
