// The last step of a durable write: a finished temp file gets its final name, for ever (I1).
// link(2) cannot overwrite; it costs what rename(2) does, 5,800 a second with all fsyncs (2026-11).
import { link, open } from 'node:fs/promises'
import type { Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import type { Device } from './device.ts'
import { codeOf } from './failures.ts'
import { findCopy } from './find-copy.ts'
import { directoriesOf, fileOf } from './layout.ts'
import type { Mount } from './mount.ts'
import type { StoredFile } from './store.ts'

/** To be called in the fid's turn. The same bytes under the name already are as good as ours. */
export async function publish(
  device: Device,
  mount: Mount,
  fid: Fid,
  temp: string,
  stored: StoredFile,
): Promise<void> {
  const file = fileOf(fid)
  const [leaf] = directoriesOf(file)
  await mount.directories.makeFor(file)
  try {
    await device.lane.run(() => link(temp, mount.root + file))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    if ((await findCopy(device, fid, stored)) !== 'good') throw new Problem('fid_exists', { fid })
    // whoever wrote it may have crashed before its fsync
    await device.lane.run(() => syncFile(mount.root + file))
  }
  await mount.directories.sync(leaf)
}

/** For a copy that an earlier life left: it may be younger than its last fsync. */
export const makeDurable = (device: Device, fid: Fid): Promise<void> =>
  device.write(async ({ root, directories }) => {
    const file = fileOf(fid)
    const [leaf] = directoriesOf(file)
    await device.lane.run(() => syncFile(root + file))
    await directories.makeFor(file)
    await directories.sync(leaf)
  })

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}
