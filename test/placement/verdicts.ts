// Two disks in each of two hosts in each of two zones, and what a policy says of a file, in a line.
import type { DeviceView } from '#shared/device-view.ts'
import { parsePolicy } from '#tracker/placement/replication-policy/parse-policy.ts'
import type { PolicyAsk } from '#tracker/placement/replication-policy/verdict.ts'
import { device, idsOf } from './device.ts'

const inZone = (zone: string) => (id: number, hostId: number) => device(id, { hostId, zone })
const [near, far] = [inZone('near'), inZone('far')]
export const [a1, a2, b1, b2] = [near(11, 1), near(12, 1), near(21, 2), near(22, 2)]
export const [c1, c2, d1, d2] = [far(31, 3), far(32, 3), far(41, 4), far(42, 4)]
export const twoZones: readonly DeviceView[] = [a1, a2, b1, b2, c1, c2, d1, d2]

export interface Case {
  says: string
  policy: string
  on: readonly DeviceView[]
  copies?: number
  all?: readonly DeviceView[]
  free?: readonly DeviceView[]
  verdict: string
}

const named = (devices: readonly DeviceView[]) => idsOf(devices).join(' ') || 'none'

/** `short: ideal 21 22, desperate 12`, with `, last 11` if any. All are free unless told. */
export function verdictOf({ policy, on, copies = 2, all = twoZones, free }: Case): string {
  const candidates = free ?? all.filter((each) => !on.includes(each))
  const ask: PolicyAsk = { on, all, candidates, copies }
  const verdict = parsePolicy(policy).judge(ask)
  if (verdict.kind === 'stuck') return `stuck: ${verdict.reason}`
  if (verdict.kind !== 'short') return verdict.kind
  const { ideal, desperate, lastResort = [] } = verdict
  const last = lastResort.length > 0 ? `, last ${named(lastResort)}` : ''
  return `short: ideal ${named(ideal)}, desperate ${named(desperate)}${last}`
}
