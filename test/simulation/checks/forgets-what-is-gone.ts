// I2, I6 and I7: the database forgets a place on a disk once the bytes are gone, not before. What
// it forgets too early is found by a later sweep or scrub: that is a second net, not the first.
import type { Check } from './check.ts'
import { liveDevices, namedPlaces } from './placed.ts'

export const forgetsWhatIsGone = (): Check => {
  /** Named and lying there when we last looked; by place, the file that it was. */
  let before = new Map<string, number>()
  return {
    says: 'I7: the database forgets bytes on a disk when they are gone, not before',
    look(view) {
      const named = namedPlaces(view)
      const now = new Map<string, number>()
      const breaches: string[] = []
      for (const { deviceId } of liveDevices(view)) {
        if (view.unopened.has(deviceId)) continue
        for (const [fid, ino] of view.inodes.get(deviceId) ?? []) {
          const place = `${deviceId}/${fid}`
          if (named.has(place)) now.set(place, ino)
          else if (before.get(place) === ino && !view.damage.isDamaged(deviceId, fid))
            breaches.push(`fid ${fid} lies on device ${deviceId} still, and was forgotten`)
        }
      }
      before = now
      return breaches
    },
  }
}
