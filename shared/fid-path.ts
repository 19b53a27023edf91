// Where a fid lies on a node, in URLs and on disk alike: MogileFS's own layout, so that an
// existing cluster's disks can be adopted (MogileFS section 1).
import { DeviceId, Fid } from './ids.ts'

/** `/dev3/0/001/234/0001234567.fid` */
export function fidPath(deviceId: DeviceId, fid: Fid): string {
  const digits = String(fid).padStart(10, '0')
  const [b, mmm, ttt] = [digits.slice(0, 1), digits.slice(1, 4), digits.slice(4, 7)]
  return `/dev${deviceId}/${b}/${mmm}/${ttt}/${digits}.fid`
}

const shape = /^\/dev([1-9]\d{0,8})\/\d\/\d{3}\/\d{3}\/(\d{10,16})\.fid$/

/** The numbers of a path, or undefined for any text that `fidPath` would not have written. */
export function parseFidPath(path: string): { deviceId: DeviceId; fid: Fid } | undefined {
  const match = shape.exec(path)
  if (match === null) return undefined
  const deviceId = DeviceId.safeParse(Number(match[1]))
  const fid = Fid.safeParse(Number(match[2]))
  if (!deviceId.success || !fid.success) return undefined
  const place = { deviceId: deviceId.data, fid: fid.data }
  return fidPath(place.deviceId, place.fid) === path ? place : undefined
}
