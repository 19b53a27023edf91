// What is next for a copy that is to leave its device: order another one, wait for it, drop this
// one, or refuse. Pure. The copy counts as not there ("masked", as in MogileFS's rebalance), and
// goes only when the file is content without it, or as well off as before the move began.

import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'
import { deviceCapabilities } from '#shared/states.ts'
import { canBeRead } from './device-state.ts'
import { type CopyAsk, planCopies } from './plan-copies.ts'
import { hostsOf, networksOf } from './replication-policy/cluster-shape.ts'
import { isContent } from './replication-policy/verdict.ts'

export interface MoveAsk extends CopyAsk {
  /** Which of the masked copies this is about. */
  deviceId: DeviceId
  /** Copies that this move ordered earlier. */
  replacements: readonly DeviceId[]
}

export type MovePlan =
  | { kind: 'drop'; keep: DeviceId[] }
  | { kind: 'wait' }
  | { kind: 'order'; to: DeviceId[] }
  | { kind: 'refused'; reason: string }

const WORSE = 'every other place would leave the file worse off'

export function planMove(ask: MoveAsk): MovePlan {
  const all = [...ask.devices.values()]
  const known = (ids: readonly DeviceId[]) =>
    all.filter(({ deviceId, state }) => ids.includes(deviceId) && deviceCapabilities[state].keeps)
  const isFine = (on: readonly DeviceView[], before: readonly DeviceView[]) =>
    isContent(ask.policy.judge({ on, all, candidates: [], copies: ask.copies })) ||
    isNoWorse(on, before)

  const on = known(ask.on)
  const before = on.filter(({ deviceId }) => !ask.replacements.includes(deviceId))
  const staying = on.filter(({ deviceId }) => !ask.masked.includes(deviceId))
  const readable = staying.filter((device) => canBeRead(device, ask.settings))
  if (readable.length > 0 && isFine(readable, before))
    return { kind: 'drop', keep: readable.map(({ deviceId }) => deviceId) }
  if (ask.coming.length > 0) return { kind: 'wait' }

  const { to, stillShort } = planCopies(ask)
  if (to.length === 0) return { kind: 'refused', reason: stillShort ?? AWAY }
  if (!isFine([...staying, ...known(to)], before))
    return { kind: 'refused', reason: stillShort ?? WORSE }
  return { kind: 'order', to }
}
const AWAY = 'the other copies cannot be read at the moment'

/** As many copies, on as many hosts, in as many networks. */
const isNoWorse = (after: readonly DeviceView[], before: readonly DeviceView[]) =>
  after.length >= before.length &&
  hostsOf(after).size >= hostsOf(before).size &&
  networksOf(after).size >= networksOf(before).size
