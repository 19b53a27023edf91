// I2, I6 and I7: the database forgets a place on a disk once the bytes are gone, not before. What
// it forgets too early is found by a later sweep or scrub: that is a second net, not the first. Only
// what a client stored and closed elsewhere is the sweep's alone: a close does not know of it.
import type { Check } from './check.ts'
import { liveDevices, namedPlaces, nameOfPlace, offeredPlaces } from './placed.ts'

export const forgetsWhatIsGone = (): Check => {
  /** Named and lying there when we last looked; by place, the file that it was. */
  let before = new Map<string, number>()
  /** Of those, what was offered to an upload and may have been stored there. */
  let offered = new Set<string>()
  return {
    says: 'I7: the database forgets bytes on a disk when they are gone, not before',
    look(view) {
      const named = namedPlaces(view)
      const closed = new Set(view.rows.closed.map(({ fid }) => fid))
      const now = new Map<string, number>()
      const breaches: string[] = []
      for (const { deviceId } of liveDevices(view)) {
        if (view.unopened.has(deviceId)) continue
        for (const [fid, ino] of view.inodes.get(deviceId) ?? []) {
          const place = `${deviceId}/${fid}`
          const isExcused =
            view.damage.isDamaged(deviceId, fid) || (closed.has(fid) && offered.has(place))
          if (named.has(place)) now.set(place, ino)
          else if (before.get(place) === ino && !isExcused)
            breaches.push(`fid ${fid} lies on device ${deviceId} still, and was forgotten`)
        }
      }
      before = now
      offered = new Set(offeredPlaces(view).map(nameOfPlace))
      return breaches
    },
  }
}
