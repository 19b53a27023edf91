// I7 and promise 7: one sweep after all has come to rest, every fid on a disk is named by a
// replica, an open upload, a tombstone or a job; and no row waits that nobody works off.
import type { Check } from './check.ts'
import { liveDevices } from './placed.ts'

export const noByteIsUnknown = (): Check => ({
  says: 'I7: every byte on a disk is named by the database within one sweep',
  look(view) {
    const { rows, disks, damage } = view
    const known = new Set(
      [
        ...rows.replicas,
        ...rows.jobs,
        ...rows.uploads.flatMap(({ fid, deviceIds }) =>
          deviceIds.map((deviceId) => ({ fid, deviceId })),
        ),
      ].map(({ fid, deviceId }) => `${deviceId}/${fid}`),
    )
    const buried = new Set(rows.tombstones.map(({ fid }) => fid))
    return liveDevices(view).flatMap(({ deviceId }) =>
      [...(disks.get(deviceId) ?? new Map<number, string>()).keys()]
        .filter((fid) => !known.has(`${deviceId}/${fid}`) && !buried.has(fid))
        .filter((fid) => !damage.isDamaged(deviceId, fid))
        .map((fid) => `fid ${fid} lies on device ${deviceId}, and nothing names it`),
    )
  },
})
