// Room that is promised: what is on its way to a device is not free, though its gauge says so. A
// pass of planning takes from the same map, so that it does not fill a disk by planning. Pure.

import type { DeviceView } from '#shared/device-view.ts'
import type { DeviceId } from '#shared/ids.ts'

/** For one pass: who plans a copy calls `reserve`. */
export interface Room {
  readonly devices: ReadonlyMap<DeviceId, DeviceView>
  reserve(deviceIds: readonly DeviceId[], bytes: number): void
}

export function roomOf(
  devices: readonly DeviceView[],
  coming: readonly { deviceId: DeviceId; bytes: number }[],
): Room {
  const left = new Map(devices.map((device) => [device.deviceId, device]))
  const reserve = (deviceId: DeviceId, bytes: number) => {
    const device = left.get(deviceId)
    if (typeof device?.bytesFree !== 'number') return
    left.set(deviceId, { ...device, bytesFree: Math.max(0, device.bytesFree - bytes) })
  }
  for (const { deviceId, bytes } of coming) reserve(deviceId, bytes)
  return {
    devices: left,
    reserve: (deviceIds, bytes) => {
      for (const deviceId of deviceIds) reserve(deviceId, bytes)
    },
  }
}
