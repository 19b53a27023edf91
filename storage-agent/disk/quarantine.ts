// Bytes that are not what they should be leave the name that they lie under, and stay on the disk
// until a person has looked at them: a guess never deletes.
import { link, rename, unlink } from 'node:fs/promises'
import type { Fid } from '#shared/ids.ts'
import type { Device } from './device.ts'
import { isDamage, problemOf } from './failures.ts'
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

/**
 * Gives damaged bytes a second name in quarantine, and leaves them where they are: the tracker says
 * what becomes of the first. Resolves to the way to take the second name away again.
 */
export const keepAside = (device: Device, fid: Fid, nowMs: number): Promise<() => Promise<void>> =>
  device.write(async ({ root, directories }) => {
    const kept = `/${QUARANTINE_DIR}/${fid}.${new Date(nowMs).toISOString()}`
    try {
      await device.lane.run(() => link(root + fileOf(fid), root + kept))
      await directories.sync(`/${QUARANTINE_DIR}`)
    } catch (error) {
      if (isDamage(error)) return () => Promise.resolve() // the disk finds nothing to keep
      throw problemOf(error)
    }
    return () => device.write((mount) => device.lane.run(() => unlink(mount.root + kept)))
  })
