// Who reads, as far as it matters for which copies are near and by which address they are reached
// (MogileFS Q03: zone and altmask; its plugin ZoneLocal).
import type { DeviceView } from '#shared/device-view.ts'
import { isWithin, parseMasks } from '#shared/netmask.ts'
import type { Settings } from '#shared/settings.ts'
import { zoneOfAddress } from '../placement/zones.ts'
import { addressOf, type TrackerContext } from '../request.ts'

export interface Reader {
  /** The zone that it is in, then wider ones; in lower case. */
  zones: readonly string[]
  /** Its IP address, where the server knows it. */
  address: string | undefined
  /** Asks for the internal addresses, wherever it is. */
  wantsInternal: boolean
  /** What a read replica says is fresh enough for it. */
  allowsStale: boolean
  /** No URL is good for longer: the link by which it came is not. */
  untilS: number | undefined
}

/** MogileFS's word for the alternative addresses. */
const ALT = 'alt'

/** What Workers know of a request's origin, the nearest first. */
interface Cf {
  colo?: unknown
  regionCode?: unknown
  country?: unknown
  continent?: unknown
}

export function readerOf(
  c: TrackerContext,
  { networkZones }: Pick<Settings, 'networkZones'>,
  { zone, stale }: { zone?: string | undefined; stale?: boolean | undefined },
): Reader {
  const cf = cfOf(c.req.raw)
  const address = addressOf(c)
  const named = zone === ALT ? undefined : zone
  const byAddress = address === undefined ? undefined : zoneOfAddress(address, networkZones)
  const places = [named, byAddress, cf?.colo, cf?.regionCode, cf?.country, cf?.continent]
  return {
    zones: places.filter((each) => typeof each === 'string').map((each) => each.toLowerCase()),
    address,
    wantsInternal: zone === ALT,
    allowsStale: allowsStale(c, stale),
    untilS: c.var.share?.untilS,
  }
}

/** By `?stale`, or in HTTP's own words (RFC 9111: max-stale). */
export const allowsStale = (c: TrackerContext, stale = false): boolean =>
  stale || /\bmax-stale\b/.test(c.req.header('cache-control') ?? '')

function cfOf(request: Request): Cf | undefined {
  const cf: unknown = 'cf' in request ? request.cf : undefined
  return typeof cf === 'object' && cf !== null ? cf : undefined
}

/** 0 for the reader's own zone, more for wider ones, most for all others. */
export function distanceTo({ zones }: Reader, { zone }: DeviceView): number {
  const place = zone === null ? -1 : zones.indexOf(zone.toLowerCase())
  return place < 0 ? zones.length : place
}

type Origin = Pick<Reader, 'address' | 'wantsInternal'>

/** Where whoever asks reaches nodes: for who writes, to whom copies are all the same. */
export function reachedBy(c: TrackerContext): (device: DeviceView) => string {
  const origin = { address: addressOf(c), wantsInternal: c.req.query('zone') === ALT }
  return (device) => addressFor(origin, device) ?? ''
}

/** Where this reader reaches the node. */
export function addressFor(reader: Origin, device: DeviceView): string | null {
  const isInside = reader.wantsInternal || isOneOfUs(reader.address, device.internalMask)
  return isInside ? device.internalUrl : device.url
}

function isOneOfUs(address: string | undefined, mask: string | null): boolean {
  if (address === undefined || mask === null) return false
  let networks = parsed.get(mask)
  if (networks === undefined) {
    networks = parseMasks(mask) ?? []
    if (parsed.size >= MAX_PARSED_MASKS) parsed.clear()
    parsed.set(mask, networks)
  }
  return isWithin(networks, address)
}

const MAX_PARSED_MASKS = 1_000
const parsed = new Map<string, NonNullable<ReturnType<typeof parseMasks>>>()
