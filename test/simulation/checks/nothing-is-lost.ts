// I4 and promise 4: a file that was closed has a copy with its bytes on some disk, unless the story
// itself has destroyed them all.
import type { View } from '../view.ts'
import type { Check } from './check.ts'

export const nothingIsLost = (): Check => {
  const excused = new Set<number>()
  return {
    says: 'I4: no file loses its last copy but by damage to the disks themselves',
    look(view) {
      const { rows, unopened, damage } = view
      const copies = intactCopies(view)
      return rows.files.flatMap(({ fid, key, checksum }) => {
        if ((copies.get(checksum) ?? 0) > 0 || excused.has(fid)) return []
        const on = rows.replicas.filter((replica) => replica.fid === fid)
        if (on.some(({ deviceId }) => unopened.has(deviceId))) return []
        if (damage.hasHurt(fid)) {
          excused.add(fid)
          return []
        }
        return [`${key} (fid ${fid}) is lost`]
      })
    },
  }
}

/** By checksum, which tells all files of a story apart. Not on what was given up for dead. */
function intactCopies({ rows, disks }: View): Map<string, number> {
  const dead = new Set(
    rows.devices.filter(({ state }) => state === 'dead').map(({ deviceId }) => deviceId),
  )
  const copies = new Map<string, number>()
  for (const [deviceId, disk] of disks) {
    if (dead.has(deviceId)) continue
    for (const sum of disk.values())
      if (sum !== undefined) copies.set(sum, (copies.get(sum) ?? 0) + 1)
  }
  return copies
}
