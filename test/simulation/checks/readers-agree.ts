// Promises 1 and 2, when all is healed: what the database has is what a reader gets, what a list
// says, and what the feed of changes has told, change by change.
import type { View } from '../view.ts'
import type { Check } from './check.ts'

export const readersAgree = (): Check => ({
  says: 'promise 2: files can be read, lists and the feed agree with them',
  look(view) {
    const { finale, rows } = view
    if (finale === undefined) return ['nobody has read anything']
    const { read, listed, told } = finale
    const files = new Map(rows.files.map((file) => [file.key, file]))
    const unread = rows.files
      .filter(({ checksum }) => isReadable(view, checksum))
      .filter(({ key, checksum }) => read.get(key) !== checksum)
      .map(({ key, fid }) => `${key} (fid ${fid}) reads as ${read.get(key) ?? 'nothing'}`)
    const keys = new Set([...files.keys(), ...listed.keys(), ...told.keys()])
    const astray = [...keys].flatMap((key) => {
      const [fid, list, feed] = [files.get(key)?.fid, listed.get(key), told.get(key)]
      if (fid === list && fid === feed) return []
      return [`${key} is fid ${fid}; the list says ${list}, the feed ${feed}`]
    })
    return [...unread, ...astray]
  },
})

/** Some disk in service holds it. */
const isReadable = ({ rows, disks }: View, checksum: string): boolean =>
  rows.replicas.some(({ fid, deviceId }) => {
    const device = rows.devices.find((each) => each.deviceId === deviceId)
    const isServed = device?.state !== 'dead' && device?.condition === 'ok'
    return isServed && disks.get(deviceId)?.get(fid) === checksum
  })
