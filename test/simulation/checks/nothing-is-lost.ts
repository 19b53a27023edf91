// I4 and promise 4: a file that was closed has a copy with its bytes on some disk, unless the story
// itself has destroyed them all: where they lay when they were seen last, or since then.
import type { View } from '../view.ts'
import type { Check } from './check.ts'

interface Seen {
  /** That a row named, and whose bytes were intact. */
  on: readonly number[]
  /** What had been destroyed by then. */
  extent: number
}

export const nothingIsLost = (): Check => {
  const excused = new Set<number>()
  const seen = new Map<number, Seen>()
  let deadBefore: ReadonlySet<number> = new Set()
  return {
    says: 'I4: no file loses its last copy but by damage to the disks themselves',
    look(view) {
      const { rows, unopened, damage } = view
      const intact = intactCopies(view)
      const [known, dead] = [deadBefore, deadDevices(view)]
      deadBefore = dead
      return rows.files.flatMap(({ fid, key, checksum }) => {
        const named = rows.replicas.filter((replica) => replica.fid === fid)
        const lying = intact.get(checksum) ?? []
        const on = named.map(({ deviceId }) => deviceId).filter((id) => lying.includes(id))
        const [before, extent] = [seen.get(fid), damage.extentFor(fid)]
        if (on.length > 0) seen.set(fid, { on, extent })
        if (lying.length > 0 || excused.has(fid)) return []
        if (named.some(({ deviceId }) => unopened.has(deviceId))) return []
        const isGone = (id: number) => damage.isDamaged(id, fid) || dead.has(id)
        // what is kept may be what nobody can know to be destroyed
        const isMisled = named.some(
          ({ deviceId: id }) => damage.isDamaged(id, fid) && !known.has(id),
        )
        // of what came and went between two looks the places are not known
        const hasGrown = extent > (before?.extent ?? 0)
        if (hasGrown || isMisled || before?.on.every(isGone) === true) {
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
