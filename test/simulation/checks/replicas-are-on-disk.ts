// I2 and promise 3: what a replica row names lies on that disk, with the file's very bytes.
import type { Check } from './check.ts'

export const replicasAreOnDisk = (): Check => ({
  says: 'I2: a replica row names verified bytes on that disk',
  look({ rows, disks, unopened, damage }) {
    const files = new Map(rows.files.map((file) => [file.fid, file]))
    const dead = new Set(rows.devices.filter(({ state }) => state === 'dead').map(idOf))
    return rows.replicas.flatMap(({ fid, deviceId }) => {
      if (dead.has(deviceId) || unopened.has(deviceId) || damage.isDamaged(deviceId, fid)) return []
      const disk = disks.get(deviceId)
      if (disk?.has(fid) !== true) return [`fid ${fid} is not on device ${deviceId}`]
      const [wanted, found] = [files.get(fid)?.checksum, disk.get(fid)]
      if (wanted === undefined || wanted === found) return []
      return [`fid ${fid} on device ${deviceId} is ${found}, not ${wanted}`]
    })
  },
})

const idOf = ({ deviceId }: { deviceId: number }) => deviceId
