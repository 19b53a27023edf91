// Promise 5: no policy lowers the number of a file's copies below what it had, but down to what its
// class asks for. Copies that were damaged, or lay on a device that died, do not count.
import type { LiveFile, View } from '../view.ts'
import type { Check } from './check.ts'
import { replicasOf } from './placed.ts'

export const copiesNeverSink = (): Check => {
  let before = new Map<number, readonly number[]>()
  return {
    says: 'promise 5: drains, trims and moves take no copy that the class still asks for',
    look(view) {
      const { rows, damage } = view
      const now = replicasOf(view)
      const breaches = rows.files.flatMap((file) => {
        const { fid } = file
        const least = leastOf(view, file)
        const on = now.get(fid) ?? []
        const gone = (before.get(fid) ?? []).filter((id) => !on.includes(id))
        const taken = gone.filter((id) => !isDead(view, id) && !damage.isDamaged(id, fid))
        // those that died since the last look were counted by whoever took the others before
        const counted = on.length + gone.length - taken.length
        if (taken.length === 0 || counted >= least) return []
        return [`fid ${fid} lost ${taken.join()}, is on ${on.join()}, and should have ${least}`]
      })
      before = now
      return breaches
    },
  }
}

const MEMORY_MS = 60_000

/** The least that a class has asked for lately: a trim may have been decided by it. */
const leastOf = ({ rows, nowMs }: View, { classId, copies }: LiveFile): number =>
  rows.asked
    .filter((asked) => asked.classId === classId && asked.atMs > nowMs - MEMORY_MS)
    .reduce((least, asked) => Math.min(least, asked.copies), copies)

const isDead = ({ rows }: View, deviceId: number) =>
  rows.devices.some((device) => device.deviceId === deviceId && device.state === 'dead')
