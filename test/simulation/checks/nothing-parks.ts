// Promise 6: when all is healed and at rest, a file that is short of its class is named with the
// reason, and no file is short where there would be room.
import type { View } from '../view.ts'
import type { Check } from './check.ts'
import { isIntact, liveDevices, replicasOf } from './placed.ts'

export const nothingParks = (): Check => ({
  says: 'promise 6: what is short is named with its reason, and short only for want of hosts',
  look(view) {
    const { rows } = view
    const hosts = new Set(receiving(view).map(({ hostId }) => hostId))
    const disks = liveDevices(view).length // on all of them is as good as can be
    const named = new Map(rows.shortfalls.map(({ fid, reason }) => [fid, reason]))
    const lost = new Set(rows.lost.map(({ fid }) => fid))
    const placed = replicasOf(view)
    return rows.files.flatMap(({ fid, key, copies, checksum }) => {
      const on = placed.get(fid) ?? []
      if (on.length >= Math.min(copies, disks) || lost.has(fid) || !isIntact(view, checksum))
        return []
      const what = `${key} (fid ${fid}) has ${on.length} of ${copies} copies`
      const reason = named.get(fid)
      if (reason === undefined) return [`${what}, and nothing says so`]
      return on.length < Math.min(copies, hosts.size) ? [`${what}: ${reason}`] : []
    })
  },
})

const receiving = (view: View) =>
  liveDevices(view).filter(({ state, condition }) => state === 'alive' && condition === 'ok')
