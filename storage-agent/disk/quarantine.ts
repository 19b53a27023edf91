// Bytes that are not what they should be leave the name that they lie under, and stay on the disk
// until a person has looked at them: a guess never deletes.
import { rename } from 'node:fs/promises'
import type { Fid } from '#shared/ids.ts'
import type { Device } from './device.ts'
import { problemOf } from './failures.ts'
import { directoriesOf, fileOf, QUARANTINE_DIR } from './layout.ts'

/** The name that the bytes have from now on, below the device's root. */
export const quarantine = (device: Device, fid: Fid, nowMs: number): Promise<string> =>
  device.turns.run(fid, () =>
    device.write(async ({ root, directories, journal }) => {
      const file = fileOf(fid)
      const [leaf] = directoriesOf(file)
      const kept = `/${QUARANTINE_DIR}/${fid}.${new Date(nowMs).toISOString()}`
      await journal?.forget(fid)
      try {
        await device.lane.run(() => rename(root + file, root + kept))
        await directories.sync(`/${QUARANTINE_DIR}`)
        await directories.sync(leaf)
      } catch (error) {
        throw problemOf(error)
      }
      return kept
    }),
  )
