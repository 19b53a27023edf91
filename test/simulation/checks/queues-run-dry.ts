// Nothing waits for ever: when all is healed, what was to be done gets done.
import type { View } from '../view.ts'
import type { Check } from './check.ts'
import { isIntact, liveDevices } from './placed.ts'

export const queuesRunDry = (): Check => ({
  says: 'promise 4: healing and erasing come to their end by themselves',
  look(view) {
    const { rows, nowMs } = view
    const live = new Set(liveDevices(view).map(({ deviceId }) => deviceId))
    const destroyed = new Set(
      rows.files.filter(({ checksum }) => !isIntact(view, checksum)).map(({ fid }) => fid),
    )
    const due = rows.tombstones.filter(({ dueMs }) => dueMs < nowMs)
    return [
      ...rows.jobs
        .filter(({ deviceId }) => live.has(deviceId) && !isFenced(view, deviceId))
        .filter(({ fid }) => !destroyed.has(fid))
        .map(
          ({ kind, fid, deviceId, reason }) => `${kind} fid ${fid}, device ${deviceId}: ${reason}`,
        ),
      ...due.map(({ fid }) => `the tombstone of fid ${fid}`),
      ...rows.uploads.map(({ fid }) => `the upload of fid ${fid}`),
      ...rows.moves
        .filter(({ fid }) => !destroyed.has(fid))
        .map(({ fid, deviceId }) => `the move of fid ${fid} from device ${deviceId}`),
    ]
  },
})

const isFenced = ({ rows }: View, deviceId: number): boolean =>
  rows.devices.some((device) => device.deviceId === deviceId && device.condition !== 'ok')
