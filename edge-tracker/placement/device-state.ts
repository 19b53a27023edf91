// What a device is good for now: the operator's state and what was observed, taken together.
// Pure. MogileFS section 5.

import type { DeviceView } from '#shared/device-view.ts'
import type { Settings } from '#shared/settings.ts'
import { deviceCapabilities, hostCapabilities } from '#shared/states.ts'

/** Its agent synced lately. */
export const isHeard = (device: DeviceView, { downAfterMs }: Settings): boolean =>
  device.url !== null && device.silentMs !== null && device.silentMs <= downAfterMs

/** Reading is allowed; whether the node answers is another question. */
export const mayBeRead = (device: DeviceView): boolean =>
  device.url !== null &&
  deviceCapabilities[device.state].read &&
  hostCapabilities[device.hostState].read

export const canBeRead = (device: DeviceView, settings: Settings): boolean =>
  mayBeRead(device) && isHeard(device, settings) && device.condition !== 'fenced'

const isWritable = (device: DeviceView, settings: Settings) =>
  hostCapabilities[device.hostState].write && isHeard(device, settings) && device.condition === 'ok'

export const canReceiveNewFiles = (device: DeviceView, settings: Settings): boolean =>
  deviceCapabilities[device.state].newFiles && isWritable(device, settings)

export const canReceiveReplicas = (device: DeviceView, settings: Settings): boolean =>
  deviceCapabilities[device.state].replicas && isWritable(device, settings)

/** Room for the file besides what must stay free. Unknown room is no room. */
export const hasRoomFor = (device: DeviceView, bytes: number, { minFreeBytes }: Settings) =>
  device.bytesFree !== null && device.bytesFree - minFreeBytes >= bytes

export const shareFree = (device: DeviceView): number =>
  device.bytesTotal === null || device.bytesTotal === 0
    ? 0
    : (device.bytesFree ?? 0) / device.bytesTotal
