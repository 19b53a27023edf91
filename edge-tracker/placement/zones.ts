// Which network a device is in: the zone that its host was given, else the zone whose netmasks hold
// its address, else the /16 of its address, as in MogileFS-Network. Pure.
import type { DeviceView } from '#shared/device-view.ts'
import { holdsAddress, parseIpv4, parseNetworkZones } from '#shared/network-zones.ts'

/** The same devices; a host that was given no zone is in the one that `networkZones` says. */
export function withZones(devices: readonly DeviceView[], networkZones: string): DeviceView[] {
  const zones = parseNetworkZones(networkZones) ?? []
  return devices.map((device) => {
    if (device.zone !== null || zones.length === 0) return device
    const address = addressOf(device)
    const found = zones.find(
      ({ netmask }) => address !== undefined && holdsAddress(netmask, address),
    )
    return found === undefined ? device : { ...device, zone: found.zone }
  })
}

/** One name for all devices of which nothing is known: no spread over them can be claimed. */
export const UNKNOWN_NETWORK = 'unknown'

export function networkOf(device: DeviceView): string {
  if (device.zone !== null) return device.zone
  const address = addressOf(device)
  if (address === undefined) return UNKNOWN_NETWORK
  return `${Math.floor(address / 2 ** 24)}.${Math.floor(address / 2 ** 16) % 256}.0.0/16`
}

/** As we reach it: what clients are given may be the address of something in front of it. */
const addressOf = ({ internalUrl, url }: DeviceView) =>
  parseIpv4(/^https?:\/\/([\d.]+)(?::\d+)?$/.exec(internalUrl ?? url ?? '')?.[1] ?? '')

/** The zone whose netmasks hold a client's address. */
export function zoneOfAddress(address: string, networkZones: string): string | undefined {
  const number = parseIpv4(address.replace(/^::ffff:/i, ''))
  if (number === undefined || networkZones === '') return undefined
  return parseNetworkZones(networkZones)?.find(({ netmask }) => holdsAddress(netmask, number))?.zone
}
