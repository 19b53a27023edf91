// Bytes that are not what they should be leave the name that they lie under, and stay on the disk
// until a person has looked at them: a guess never deletes.
import { link, stat, unlink } from 'node:fs/promises'
import type { Fid } from '#shared/ids.ts'
import type { Device } from './device.ts'
import { codeOf, isDamage, problemOf } from './failures.ts'
import { directoriesOf, fileOf, QUARANTINE_DIR } from './layout.ts'
import type { Mount } from './mount.ts'

/** The name that the bytes have from now on, below the device's root. */
export const quarantine = (device: Device, fid: Fid): Promise<string> =>
  device.turns.run(fid, () =>
    device.write(async (mount) => {
      const file = fileOf(fid)
      const [leaf] = directoriesOf(file)
      await mount.journal?.forget(fid)
      try {
        const kept = await giveSecondName(device, mount, fid)
        await device.lane.run(() => unlink(mount.root + file))
        await mount.directories.sync(leaf)
        device.due.touched(fid)
        return kept
      } catch (error) {
        throw problemOf(error)
      }
    }),
  )

/**
 * Gives damaged bytes a second name in quarantine, and leaves them where they are: the tracker says
 * what becomes of the first. Resolves to the way to take the second name away again.
 */
export const keepAside = (device: Device, fid: Fid): Promise<() => Promise<void>> =>
  device.write(async (mount) => {
    try {
      const kept = await giveSecondName(device, mount, fid)
      return () => device.write(({ root }) => device.lane.run(() => unlink(root + kept)))
    } catch (error) {
      if (isDamage(error)) return () => Promise.resolve() // the disk finds nothing to keep
      throw problemOf(error)
    }
  })

/** The same bytes always get the same one: a crash before they were reported leaves no other. */
async function giveSecondName(
  device: Device,
  { root, directories }: Mount,
  fid: Fid,
): Promise<string> {
  const { mtime, ino } = await device.lane.run(() => stat(root + fileOf(fid)))
  const kept = `/${QUARANTINE_DIR}/${fid}.${mtime.toISOString()}.${ino}`
  try {
    await device.lane.run(() => link(root + fileOf(fid), root + kept))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  await directories.sync(`/${QUARANTINE_DIR}`)
  return kept
}
