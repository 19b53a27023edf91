// HostsPerNetwork: so many copies in this zone, so many in that one, on different hosts while the
// zone has them. Pure. The rules are those of the plugin MogileFS-Network (section 4).

import type { DeviceView } from '#shared/device-view.ts'
import { networkOf } from '../zones.ts'
import { available, hostsOf } from './cluster-shape.ts'
import type { PolicyAsk, Verdict } from './verdict.ts'

/** Zone to number of copies. What lies in a zone that is not named is more than was asked for. */
export type HostsWanted = ReadonlyMap<string, number>

export function hostsPerNetwork(
  wanted: HostsWanted,
  { on, all, candidates }: Omit<PolicyAsk, 'copies'>,
): Verdict {
  const takers = available(all)
  const lacking = [...wanted].flatMap(([zone, count]) => {
    const inZone = within(zone, on)
    const hosts = hostsOf(within(zone, takers)).size
    const has = count <= hosts ? hostsOf(inZone).size : inZone.length
    return has < count ? [zone] : []
  })
  if (lacking.length === 0)
    return on.some((device) => isSurplus(networkOf(device), on, wanted))
      ? { kind: 'too-good' }
      : { kind: 'good' }

  const usedHosts = hostsOf(on)
  const useful = candidates.filter((device) => lacking.includes(networkOf(device)))
  if (useful.length === 0)
    return { kind: 'stuck', reason: `no device in zone ${lacking.join(', ')} can take a copy` }
  return {
    kind: 'short',
    ideal: useful.filter((device) => !usedHosts.has(device.hostId)),
    desperate: useful.filter((device) => usedHosts.has(device.hostId)),
  }
}

const within = (zone: string, devices: readonly DeviceView[]) =>
  devices.filter((device) => networkOf(device) === zone)

const isSurplus = (zone: string, on: readonly DeviceView[], wanted: HostsWanted) =>
  within(zone, on).length > (wanted.get(zone) ?? 0)
