// Which copies a file still needs, and where: asks the policy until it is content or stuck. Pure.

import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'
import { MAX_COPIES } from '#shared/limits.ts'
import { deviceCapabilities } from '#shared/states.ts'
import { shuffleByRoomAndLoad } from './choose-targets.ts'
import { mayBeRead } from './device-state.ts'
import type { Policy, Verdict } from './replication-policy/verdict.ts'
import { type CandidateAsk, whyNot } from './why-not.ts'

export interface CopyAsk extends CandidateAsk {
  policy: Policy
  copies: number
  /** Copies that are to leave: counted as not there (a drain, a rebalance). */
  masked: readonly DeviceId[]
  devices: ReadonlyMap<DeviceId, DeviceView>
  random: () => number
}

export interface CopyPlan {
  to: DeviceId[]
  /** 0 for a file with one live copy left, 2 otherwise: the job table's priorities. */
  priority: number
  /** Why the file is still short when these copies have arrived; undefined when it is not. */
  stillShort?: string
  /** The policy is content with fewer copies than there are. */
  tooGood?: true
}

export function planCopies(ask: CopyAsk): CopyPlan {
  const all = [...ask.devices.values()]
  const known = (ids: readonly DeviceId[]) => all.filter(({ deviceId }) => ids.includes(deviceId))
  const kept = known(ask.on).filter(({ state }) => deviceCapabilities[state].keeps)
  const priority = kept.length <= 1 ? 0 : 2
  if (!known(ask.on).some(mayBeRead)) return { to: [], priority, stillShort: 'no copy can be read' }

  const staying = kept.filter(({ deviceId }) => !ask.masked.includes(deviceId))
  const able = all.filter((device) => whyNot(device, ask) === undefined)
  const to: DeviceView[] = []
  while (to.length < MAX_COPIES) {
    const on = [...new Set([...staying, ...known(ask.coming), ...to])]
    const candidates = able.filter((device) => !to.includes(device))
    const verdict = ask.policy.judge({ on, all, candidates, copies: ask.copies })
    if (verdict.kind === 'stuck') return { to: idsOf(to), priority, stillShort: verdict.reason }
    if (verdict.kind === 'too-good') return { to: idsOf(to), priority, tooGood: true }
    if (verdict.kind === 'good') break
    const best = bestOf(verdict, ask.random)
    if (best === undefined) break
    to.push(best)
  }
  return { to: idsOf(to), priority }
}

type Short = Extract<Verdict, { kind: 'short' }>

/** By room, load and chance among the ideal, else among the desperate, else among the last. */
export function bestOf(verdict: Short, random: () => number): DeviceView | undefined {
  for (const tier of [verdict.ideal, verdict.desperate, verdict.lastResort ?? []])
    if (tier.length > 0) return shuffleByRoomAndLoad(tier, random)[0]
  return undefined
}

const idsOf = (devices: readonly DeviceView[]) => devices.map(({ deviceId }) => deviceId)
