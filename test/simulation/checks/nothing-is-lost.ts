// I4 and promise 4: a file that was closed has a copy with its bytes on some disk, unless the story
// itself has destroyed them all: where they lay when they were seen last, or since then.
import type { View } from '../view.ts'
import type { Check } from './check.ts'

interface Seen {
  on: readonly number[]
  /** What had been destroyed by then. */
  extent: number
}

export const nothingIsLost = (): Check => {
  const excused = new Set<number>()
  /** Where a file's bytes were intact, by its fid. */
  const seen = new Map<number, Seen>()
  return {
    says: 'I4: no file loses its last copy but by damage to the disks themselves',
    look(view) {
      const { rows, unopened, damage } = view
      const copies = intactCopies(view)
      const dead = deadDevices(view)
      return rows.files.flatMap(({ fid, key, checksum }) => {
        const on = copies.get(checksum) ?? []
        const extent = damage.extentFor(fid)
        const before = seen.get(fid)
        if (on.length > 0) seen.set(fid, { on, extent })
        if (on.length > 0 || excused.has(fid)) return []
        const named = rows.replicas.filter((replica) => replica.fid === fid)
        if (named.some(({ deviceId }) => unopened.has(deviceId))) return []
        const isGone = (deviceId: number) => damage.isDamaged(deviceId, fid) || dead.has(deviceId)
        // of what came and went between two looks the places are not known
        if (extent > (before?.extent ?? 0) || before?.on.every(isGone) === true) {
          excused.add(fid)
          return []
        }
        return [`${key} (fid ${fid}) is lost; it was on ${before?.on.join() ?? 'no disk'}`]
      })
    },
  }
}

const deadDevices = ({ rows }: View): ReadonlySet<number> =>
  new Set(rows.devices.filter(({ state }) => state === 'dead').map(({ deviceId }) => deviceId))

/** By checksum, which tells all files of a story apart. Not on what was given up for dead. */
function intactCopies(view: View): Map<string, number[]> {
  const dead = deadDevices(view)
  const copies = new Map<string, number[]>()
  for (const [deviceId, disk] of view.disks) {
    if (dead.has(deviceId)) continue
    for (const sum of disk.values())
      if (sum !== undefined) copies.set(sum, [...(copies.get(sum) ?? []), deviceId])
  }
  return copies
}
