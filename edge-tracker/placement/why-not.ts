// Why a device cannot take a copy of a file, in words; undefined where it can. Pure. What planning
// leaves out and what an operator is told are this one answer.

import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'
import type { Settings } from '#shared/settings.ts'
import { deviceCapabilities, hostCapabilities } from '#shared/states.ts'
import { hasRoomFor, isHeard } from './device-state.ts'

export interface CandidateAsk {
  bytes: number
  on: readonly DeviceId[]
  coming: readonly DeviceId[]
  /** A copy was called off there, as hopeless or unheard of: another place is wanted. */
  leaving: readonly DeviceId[]
  /** Where a rebalance lets copies go; undefined: anywhere. */
  allowed?: ReadonlySet<DeviceId> | undefined
  settings: Settings
}

/** `bytesFree` of the device is what is not promised to copies on their way there. */
export function whyNot(device: DeviceView, ask: CandidateAsk): string | undefined {
  const { deviceId } = device
  if (ask.on.includes(deviceId)) return 'it holds a copy'
  if (ask.coming.includes(deviceId)) return 'a copy is on its way there'
  if (ask.leaving.includes(deviceId)) return 'bytes of this file are to be erased there first'
  if (ask.allowed?.has(deviceId) === false) return 'the rebalance does not go there'
  return whyOutOfService(device, ask.settings) ?? whyNoRoom(device, ask)
}

function whyOutOfService(device: DeviceView, settings: Settings): string | undefined {
  const { state, hostState, condition, silentMs } = device
  if (!deviceCapabilities[state].replicas) return `it is marked ${state}`
  if (!hostCapabilities[hostState].write) return `its host is marked ${hostState}`
  if (silentMs === null || device.url === null) return 'its host was never heard'
  if (!isHeard(device, settings)) return `its host is silent since ${Math.round(silentMs / 1000)} s`
  return condition === 'ok' ? undefined : `its agent finds it ${condition ?? 'not measured yet'}`
}

function whyNoRoom(device: DeviceView, { bytes, settings }: CandidateAsk): string | undefined {
  if (hasRoomFor(device, bytes, settings)) return undefined
  const { bytesFree } = device
  if (bytesFree === null) return 'its room is not known'
  const spare = Math.max(0, bytesFree - settings.minFreeBytes)
  return `too full: ${spare} bytes are to spare, the file has ${bytes}`
}
