// Zones by netmask, as one text: `near=10.0.0.0/16,10.1.0.0/16;far=10.2.0.0/16`. It says what
// MogileFS's settings network_zones and zone_NAME say. IPv4, as there.

export interface Netmask {
  address: number
  bits: number
}
export interface NetworkZone {
  zone: string
  netmask: Netmask
}

/** Narrow before wide: the first that holds an address is its zone. Undefined: not such a text. */
export function parseNetworkZones(text: string): NetworkZone[] | undefined {
  const zones: NetworkZone[] = []
  for (const part of text.split(';').filter((each) => each.trim() !== '')) {
    const [, zone, masks = ''] = /^\s*([^\s=,;()]+)\s*=(.*)$/s.exec(part) ?? []
    if (zone === undefined) return undefined
    for (const mask of masks.split(',')) {
      const netmask = parseNetmask(mask)
      if (netmask === undefined) return undefined
      zones.push({ zone, netmask })
    }
  }
  return zones.toSorted((a, b) => b.netmask.bits - a.netmask.bits)
}

const IPV4_BITS = 32

/** `10.1.0.0/16`, or one address. */
function parseNetmask(text: string): Netmask | undefined {
  const [, ip = '', length = String(IPV4_BITS)] =
    /^\s*([\d.]+)(?:\/(\d{1,2}))?\s*$/.exec(text) ?? []
  const address = parseIpv4(ip)
  const bits = Number(length)
  return address === undefined || bits > IPV4_BITS ? undefined : { address, bits }
}

export const holdsAddress = ({ address, bits }: Netmask, asked: number): boolean => {
  const size = 2 ** (IPV4_BITS - bits)
  return Math.floor(address / size) === Math.floor(asked / size)
}

/** The address as a number; undefined for what is not four numbers with dots. */
export function parseIpv4(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined
  const parts = text.split('.').map(Number)
  return parts.every((part) => part <= 255)
    ? parts.reduce((sum, part) => sum * 256 + part, 0)
    : undefined
}
