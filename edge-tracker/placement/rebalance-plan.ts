// Which devices a rebalance takes copies from, how much from each, and where they may go. Pure: the
// plan that is shown before it is applied is the plan that is applied.

import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId, HostId } from '#shared/ids.ts'
import { deviceCapabilities } from '#shared/states.ts'
import type { RebalancePolicy, Side } from './rebalance-policy.ts'
import { weightedShuffle } from './weighted-shuffle.ts'

export interface Holding {
  deviceId: DeviceId
  /** Of live files, by the ledger. */
  files: number
  bytes: number
}

export interface PlannedSource extends Holding {
  /** What its own limit leaves of it; null: no such limit. */
  filesLeft: number | null
  bytesLeft: number | null
}

export interface RebalancePlan {
  sources: PlannedSource[]
  destinations: DeviceId[]
  /** The limit for all sources together; null: no such limit. */
  filesLeft: number | null
  bytesLeft: number | null
  /** At the most: what is refused stays. */
  files: number
  bytes: number
}

/** With the name of its host: so operators speak of it. */
export type NamedDevice = DeviceView & { host: string }

export function withHosts(
  devices: readonly DeviceView[],
  hosts: readonly { hostId: HostId; name: string }[],
): NamedDevice[] {
  const names = new Map(hosts.map(({ hostId, name }) => [hostId, name]))
  return devices.map((device) => ({ ...device, host: names.get(device.hostId) ?? '' }))
}

export function planRebalance(
  policy: RebalancePolicy,
  devices: readonly NamedDevice[],
  holdings: readonly Holding[],
): RebalancePlan {
  const held = new Map(holdings.map((holding) => [holding.deviceId, holding]))
  const sources = devices
    .filter((device) => deviceCapabilities[device.state].write && isOn(policy.from, device))
    .map(({ deviceId }) => held.get(deviceId) ?? { deviceId, files: 0, bytes: 0 })
    .filter(({ files }) => files > 0)
  const each = policy.limitType === 'device'
  const planned = sources.map((source) => ({
    ...source,
    ...limitOf(policy, each ? source.bytes : null),
  }))
  const all = limitOf(policy, each ? null : sum(sources.map(({ bytes }) => bytes)))
  const [files, bytes] = [sum(planned.map(filesToMove)), sum(planned.map(bytesToMove))]
  return {
    sources: planned,
    destinations: [
      ...destinationsOf(
        policy,
        devices,
        sources.map(({ deviceId }) => deviceId),
      ),
    ].toSorted((a, b) => a - b),
    ...all,
    files: Math.min(files, all.filesLeft ?? files, byShare(files, bytes, all.bytesLeft)),
    bytes: Math.min(bytes, all.bytesLeft ?? bytes, byShare(bytes, files, all.filesLeft)),
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

/** No limit of this kind where `bytes` is null. */
function limitOf({ limitBy, limit }: RebalancePolicy, bytes: number | null) {
  const none = { filesLeft: null, bytesLeft: null }
  if (bytes === null || limitBy === 'none') return none
  if (limitBy === 'count') return { filesLeft: limit, bytesLeft: null }
  const size = limitBy === 'percent' ? Math.ceil((bytes * limit) / 100) : limit
  return { filesLeft: null, bytesLeft: size }
}

const filesToMove = ({ files, bytes, filesLeft, bytesLeft }: PlannedSource) =>
  Math.min(files, filesLeft ?? files, byShare(files, bytes, bytesLeft))
const bytesToMove = ({ files, bytes, filesLeft, bytesLeft }: PlannedSource) =>
  Math.min(bytes, bytesLeft ?? bytes, byShare(bytes, files, filesLeft))

/** What a limit of the one measure is in the other, by the average file. */
const byShare = (wanted: number, other: number, otherLeft: number | null) =>
  otherLeft === null || other === 0 ? wanted : Math.ceil((wanted * otherLeft) / other)

/** Where one file may go: all destinations, or as many as the policy says, by chance. */
export function someOf(
  { destinationsEach }: RebalancePolicy,
  all: ReadonlySet<DeviceId>,
  random: () => number,
): ReadonlySet<DeviceId> {
  if (all.size <= destinationsEach) return all
  return new Set(weightedShuffle([...all], () => 1, random).slice(0, destinationsEach))
}

export const destinationsOf = (
  policy: RebalancePolicy,
  devices: readonly NamedDevice[],
  sources: readonly DeviceId[],
): Set<DeviceId> =>
  new Set(
    devices
      .filter(
        (device) =>
          deviceCapabilities[device.state].replicas &&
          isOn(policy.to, device) &&
          !sources.includes(device.deviceId) &&
          !policy.notToDevices.includes(device.deviceId) &&
          !isOneOf(policy.notToHosts, device),
      )
      .map(({ deviceId }) => deviceId),
  )

/** A policy names hosts by their names, or by their numbers, as MogileFS's own do. */
export const isOneOf = (hosts: readonly string[], { host, hostId }: NamedDevice): boolean =>
  hosts.includes(host) || hosts.includes(String(hostId))

function isOn(side: Side, device: NamedDevice): boolean {
  const { deviceId, bytesTotal, bytesFree } = device
  if (side.hosts !== undefined && !isOneOf(side.hosts, device)) return false
  if (side.devices?.includes(deviceId) === false) return false
  const [total, free] = [bytesTotal ?? 0, bytesFree ?? 0]
  const used = total - free
  const percent = (part: number) => (total === 0 ? 0 : (100 * part) / total)
  return (
    percent(used) >= side.percentUsed &&
    percent(free) >= side.percentFree &&
    used >= side.spaceUsed &&
    free >= side.spaceFree
  )
}
