// I7 and promise 7: one sweep after all has come to rest, every fid on a disk is named by a
// replica, an open upload, a tombstone or a job; and no row waits that nobody works off.
import type { Check } from './check.ts'
import { liveDevices, namedPlaces } from './placed.ts'

export const noByteIsUnknown = (): Check => ({
  says: 'I7: every byte on a disk is named by the database within one sweep',
  look(view) {
    const { disks, damage } = view
    const named = namedPlaces(view)
    return liveDevices(view).flatMap(({ deviceId }) =>
      [...(disks.get(deviceId) ?? new Map<number, string>()).keys()]
        .filter((fid) => !named.has(`${deviceId}/${fid}`))
        .filter((fid) => !damage.isDamaged(deviceId, fid))
        .map((fid) => `fid ${fid} lies on device ${deviceId}, and nothing names it`),
    )
  },
})
