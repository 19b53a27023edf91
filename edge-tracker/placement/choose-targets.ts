// Where a new file may go: the devices to offer, on distinct hosts as far as there are hosts.
// Pure. MogileFS Q01, with its host spread working and its load steered by measured utilization.

import type { DeviceView } from '#shared/device-view.ts'
import type { HostId } from '#shared/ids.ts'
import { MAX_TARGETS, MAX_WEIGHED_CANDIDATES } from '#shared/limits.ts'
import type { Settings } from '#shared/settings.ts'
import { canReceiveNewFiles, hasRoomFor, shareFree } from './device-state.ts'
import type { Policy } from './replication-policy/verdict.ts'
import { weightedShuffle } from './weighted-shuffle.ts'

export interface TargetAsk {
  devices: readonly DeviceView[]
  /** 0 where the size is not known. */
  bytes: number
  settings: Settings
  /** True for a node that failed to answer this tracker a moment ago. */
  isSilent: (baseUrl: string) => boolean
  random: () => number
  /** Of the class, where it asks for more than different hosts. */
  policy?: { policy: Policy; copies: number } | undefined
}

/** Best first; empty when no device can take the file. */
export function chooseTargets(ask: TargetAsk): DeviceView[] {
  const able = ask.devices.filter(
    (device) =>
      canReceiveNewFiles(device, ask.settings) && hasRoomFor(device, ask.bytes, ask.settings),
  )
  const answering = able.filter(({ url }) => url !== null && !ask.isSilent(url))
  const candidates = answering.length > 0 ? answering : able
  const spread = spreadOverHosts(shuffleByRoomAndLoad(candidates, ask.random))
  return inOrderOfPolicy(ask, spread).slice(0, MAX_TARGETS)
}

/** First what the policy would choose one after the other, then the others in their order. */
function inOrderOfPolicy(
  { policy: asked, devices }: TargetAsk,
  spread: DeviceView[],
): DeviceView[] {
  if (asked === undefined) return spread
  const { policy, copies } = asked
  const on: DeviceView[] = []
  while (on.length < MAX_TARGETS) {
    const candidates = spread.filter((device) => !on.includes(device))
    const verdict = policy.judge({ on, all: devices, candidates, copies })
    if (verdict.kind !== 'short') break
    const best = verdict.ideal[0] ?? verdict.desperate[0]
    if (best === undefined) break
    on.push(best)
  }
  return [...on, ...spread.filter((device) => !on.includes(device))]
}

/**
 * The emptiest devices of every host, in an order weighted by room, idleness and the operator's
 * weight. Of every host: one that has many empty disks must not crowd the others out.
 */
export function shuffleByRoomAndLoad(
  devices: readonly DeviceView[],
  random: () => number,
): DeviceView[] {
  const emptiest = devices.toSorted((a, b) => shareFree(b) - shareFree(a))
  return weightedShuffle(
    spreadOverHosts(emptiest).slice(0, MAX_WEIGHED_CANDIDATES),
    (device) => device.weight * shareFree(device) * idleness(device),
    random,
  )
}

/** Never 0: a busy device may still be the only one. */
const idleness = ({ utilization }: DeviceView) => 1.02 - (utilization ?? 0)

/** Each host's first device in the order given, then every host's second, and so on. */
export function spreadOverHosts(devices: readonly DeviceView[]): DeviceView[] {
  const seen = new Map<HostId, number>()
  return devices
    .map((device) => {
      const round = seen.get(device.hostId) ?? 0
      seen.set(device.hostId, round + 1)
      return { device, round }
    })
    .toSorted((a, b) => a.round - b.round)
    .map(({ device }) => device)
}
