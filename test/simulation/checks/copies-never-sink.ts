// Promise 5: no policy lowers the number of a file's copies below what it had, but down to what its
// class asks for. Copies that were damaged, or lay on a device that died, do not count.
import type { View } from '../view.ts'
import type { Check } from './check.ts'
import { replicasOf } from './placed.ts'

export const copiesNeverSink = (): Check => {
  let before = new Map<number, readonly number[]>()
  /** The least that a class has asked for lately: a trim may have been decided by it. */
  const wanted = new Map<number, { copies: number; sinceMs: number }[]>()
  return {
    says: 'promise 5: drains, trims and moves take no copy that the class still asks for',
    look(view) {
      const { rows, damage, nowMs } = view
      const now = replicasOf(view)
      const breaches = rows.files.flatMap(({ fid, classId, copies }) => {
        const least = leastOf(wanted, classId, copies, nowMs)
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

function leastOf(
  wanted: Map<number, { copies: number; sinceMs: number }[]>,
  classId: number,
  copies: number,
  nowMs: number,
): number {
  const lately = (wanted.get(classId) ?? []).filter(({ sinceMs }) => sinceMs > nowMs - MEMORY_MS)
  lately.push({ copies, sinceMs: nowMs })
  wanted.set(classId, lately)
  return Math.min(...lately.map((each) => each.copies))
}

const isDead = ({ rows }: View, deviceId: number) =>
  rows.devices.some((device) => device.deviceId === deviceId && device.state === 'dead')
