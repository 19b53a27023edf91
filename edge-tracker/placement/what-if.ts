// What it would mean if devices died, or were drained: files with no copy left, files short of
// their policy, what would have to be copied, and whether there is room. Pure, over the ledger.

import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'
import { MAX_COPIES } from '#shared/limits.ts'
import type { Settings } from '#shared/settings.ts'
import { deviceCapabilities } from '#shared/states.ts'
import { canBeRead } from './device-state.ts'
import { bestOf } from './plan-copies.ts'
import { isContent, type Policy } from './replication-policy/verdict.ts'
import { whyNot } from './why-not.ts'

export interface LyingFiles {
  domain: string
  class: string
  copies: number
  policy: Policy
  deviceIds: readonly DeviceId[]
  files: number
  bytes: number
}

export interface WhatIfAsk {
  event: 'dies' | 'drains'
  gone: readonly DeviceId[]
  placements: readonly LyingFiles[]
  /** Their free bytes without what is promised to copies on their way. */
  devices: readonly DeviceView[]
  settings: Settings
}

interface Amount {
  files: number
  bytes: number
}
export interface WhatIf {
  /** Files with a copy there. */
  touched: Amount
  /** No copy would be left. */
  lost: Amount
  /** Copies would be left, but none that can be read now. */
  unreadable: Amount
  /** Their policy would not be content until they are healed. */
  short: Amount
  toCopy: { copies: number; bytes: number }
  room: { bytesToSpare: number; bytesMissing: number; isEnough: boolean }
  /** Short for good: nothing could be done about it. */
  stuck: { domain: string; class: string; reason: string; files: number }[]
}

export function whatIf(ask: WhatIfAsk): WhatIf {
  const state = ask.event === 'dies' ? 'dead' : 'drain'
  const all = ask.devices.map((device) =>
    ask.gone.includes(device.deviceId) && device.state !== 'dead'
      ? ({ ...device, state } as const)
      : device,
  )
  const room = new Spare(all, ask.settings)
  const bytesToSpare = room.total()
  const found: WhatIf = {
    touched: { files: 0, bytes: 0 },
    lost: { files: 0, bytes: 0 },
    unreadable: { files: 0, bytes: 0 },
    short: { files: 0, bytes: 0 },
    toCopy: { copies: 0, bytes: 0 },
    room: { bytesToSpare, bytesMissing: 0, isEnough: true },
    stuck: [],
  }
  for (const placement of ask.placements) judge(ask, all, placement, room, found)
  found.room.isEnough = found.room.bytesMissing === 0
  return found
}

const add = (amount: Amount, { files, bytes }: Amount) => {
  amount.files += files
  amount.bytes += bytes
}

function judge(
  { gone, settings }: WhatIfAsk,
  all: readonly DeviceView[],
  lying: LyingFiles,
  room: Spare,
  found: WhatIf,
): void {
  if (!lying.deviceIds.some((id) => gone.includes(id))) return
  add(found.touched, lying)
  const kept = all.filter(
    ({ deviceId, state }) => lying.deviceIds.includes(deviceId) && deviceCapabilities[state].keeps,
  )
  if (kept.length === 0) return add(found.lost, lying)
  const staying = kept.filter(({ deviceId }) => !gone.includes(deviceId))
  const isReadable = kept.some((device) => canBeRead(device, settings))
  if (!isReadable) add(found.unreadable, lying)

  const { policy, copies } = lying
  if (isContent(policy.judge({ on: staying, all, candidates: [], copies }))) return
  // a drained copy counts until the other one is there
  const isShort = !isContent(policy.judge({ on: kept, all, candidates: [], copies }))
  if (isShort) add(found.short, lying)
  const reason = isReadable ? heal(all, lying, staying, room, found) : 'no copy can be read'
  if (reason !== undefined) tell(found, lying, reason)
}

/** Orders copies as planning would, all of these files alike. Says why they would stay short. */
function heal(
  all: readonly DeviceView[],
  { policy, copies, files, bytes, deviceIds }: LyingFiles,
  staying: readonly DeviceView[],
  room: Spare,
  found: WhatIf,
): string | undefined {
  const on = [...staying]
  const able = room.able(deviceIds, bytes / files)
  while (on.length < MAX_COPIES) {
    const candidates = able.filter((device) => !on.includes(device))
    const verdict = policy.judge({ on, all, candidates, copies })
    if (verdict.kind === 'stuck') return verdict.reason
    if (verdict.kind !== 'short') return undefined
    const best = bestOf(verdict, () => 0.5)
    if (best === undefined) return undefined
    const tiers = [verdict.ideal, verdict.desperate, verdict.lastResort ?? []]
    found.room.bytesMissing += room.take(tiers.find((tier) => tier.length > 0) ?? [], bytes)
    found.toCopy.copies += files
    found.toCopy.bytes += bytes
    on.push(best)
  }
  return undefined
}

function tell(found: WhatIf, { domain, class: name, files }: LyingFiles, reason: string): void {
  const told = found.stuck.find(
    (each) => each.domain === domain && each.class === name && each.reason === reason,
  )
  if (told === undefined) found.stuck.push({ domain, class: name, reason, files })
  else told.files += files
}

/** What the devices can still take, as it is given away. */
class Spare {
  readonly #left = new Map<DeviceId, number>()
  readonly #able: DeviceView[]
  readonly #settings: Settings

  constructor(devices: readonly DeviceView[], settings: Settings) {
    this.#settings = settings
    const nowhere = { on: [], coming: [], leaving: [], settings, bytes: 0 }
    this.#able = devices.filter((device) => whyNot(device, nowhere) === undefined)
    for (const { deviceId, bytesFree } of this.#able)
      this.#left.set(deviceId, Math.max(0, (bytesFree ?? 0) - settings.minFreeBytes))
  }

  total(): number {
    return [...this.#left.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  /** Where one file of this size could go. */
  able(on: readonly DeviceId[], bytes: number): DeviceView[] {
    const ask = { on, coming: [], leaving: [], settings: this.#settings, bytes }
    return this.#able.filter((device) => whyNot(device, ask) === undefined)
  }

  /** From the emptiest first. Returns what there is no room for. */
  take(devices: readonly DeviceView[], bytes: number): number {
    let missing = bytes
    const left = ({ deviceId }: DeviceView) => this.#left.get(deviceId) ?? 0
    for (const device of devices.toSorted((a, b) => left(b) - left(a))) {
      const taken = Math.min(missing, left(device))
      this.#left.set(device.deviceId, left(device) - taken)
      missing -= taken
    }
    return missing
  }
}
