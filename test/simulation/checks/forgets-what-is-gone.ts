// I2, I6 and I7: the database forgets a place on a disk once the bytes are gone, not before. What
// it forgets too early is found by a later sweep or scrub: a second net, not the first. Only what a
// client has stored there and closed elsewhere is the sweep's alone: no replica, no job named it.
import type { Check } from './check.ts'
import { liveDevices, namedPlaces, nameOfPlace } from './placed.ts'

export const forgetsWhatIsGone = (): Check => {
  /** Named and lying there when we last looked; by place, the file that it was. */
  let before = new Map<string, number>()
  /** That a replica or a job has ever named. */
  const known = new Set<string>()
  return {
    says: 'I7: the database forgets bytes on a disk when they are gone, not before',
    look(view) {
      const named = namedPlaces(view)
      const { replicas, jobs } = view.rows
      for (const place of [...replicas, ...jobs].map(nameOfPlace)) known.add(place)
      const closed = new Set(view.rows.closed.map(({ fid }) => fid))
      const now = new Map<string, number>()
      const breaches: string[] = []
      for (const { deviceId } of liveDevices(view)) {
        if (view.unopened.has(deviceId)) continue
        for (const [fid, ino] of view.inodes.get(deviceId) ?? []) {
          const place = `${deviceId}/${fid}`
          const isExcused =
            view.damage.isDamaged(deviceId, fid) || (closed.has(fid) && !known.has(place))
          if (named.has(place)) now.set(place, ino)
          else if (before.get(place) === ino && !isExcused)
            breaches.push(`fid ${fid} lies on device ${deviceId} still, and was forgotten`)
        }
      }
      before = now
      return breaches
    },
  }
}
