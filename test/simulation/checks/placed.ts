// Where files lie by the replica rows, on devices that are not dead.
import type { DeviceRow, View } from '../view.ts'

export const liveDevices = ({ rows }: View): DeviceRow[] =>
  rows.devices.filter(({ state }) => state !== 'dead')

export function replicasOf(view: View): Map<number, number[]> {
  const live = new Set(liveDevices(view).map(({ deviceId }) => deviceId))
  const placed = new Map<number, number[]>()
  for (const { fid, deviceId } of view.rows.replicas) {
    if (!live.has(deviceId)) continue
    const on = placed.get(fid)
    if (on === undefined) placed.set(fid, [deviceId])
    else on.push(deviceId)
  }
  return placed
}

/** On some disk that was not given up. What was destroyed everywhere cannot be copied. */
export const isIntact = (view: View, checksum: string): boolean =>
  liveDevices(view).some(({ deviceId }) =>
    [...(view.disks.get(deviceId)?.values() ?? [])].includes(checksum),
  )

/** `device/fid` of every place that a row speaks of, on whatever device a buried fid may lie. */
export function namedPlaces({ rows }: View): Set<string> {
  const offered = rows.uploads.flatMap(({ fid, deviceIds }) =>
    deviceIds.map((deviceId) => ({ fid, deviceId })),
  )
  const buried = rows.tombstones.flatMap(({ fid }) =>
    rows.devices.map(({ deviceId }) => ({ fid, deviceId })),
  )
  const places = [...rows.replicas, ...rows.jobs, ...offered, ...buried]
  return new Set(places.map(nameOfPlace))
}

export const nameOfPlace = ({ fid, deviceId }: { fid: number; deviceId: number }): string =>
  `${deviceId}/${fid}`
