// What lies in the quarantines of a host's disks, for a person to look at and to erase. Needs no
// running agent, and disturbs none: bytes that also lie under their fid stay there.
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { DeviceId, Fid } from '#shared/ids.ts'
import { codeOf } from './failures.ts'
import { deviceDirectory, deviceIdOf, QUARANTINE_DIR } from './layout.ts'

export interface KeptAside {
  /** Below the root: what `eraseKept` takes. */
  path: string
  fid: Fid
  bytes: number
  /** When it was set aside, or lost its other name. */
  sinceMs: number
}

/** As quarantine.ts names them. Whatever else lies there is not ours. */
const NAME = /^(\d{1,15})\.\d{4}-\d\d-\d\dT[\d:.]+Z\.\d+$/
const PATH = new RegExp(`^dev(\\d{1,9})/${QUARANTINE_DIR}/([^/]+)$`)

/** By device, and by name. */
export async function* listKept(root: string): AsyncGenerator<KeptAside, void, undefined> {
  for (const directory of (await readdir(root)).toSorted()) {
    if (deviceIdOf(directory) === undefined) continue
    for (const name of await namesIn(join(root, directory, QUARANTINE_DIR))) {
      const [, fid] = NAME.exec(name) ?? []
      if (fid === undefined) continue
      const path = `${directory}/${QUARANTINE_DIR}/${name}`
      const { size, ctimeMs } = await stat(join(root, path))
      yield { path, fid: Fid.parse(Number(fid)), bytes: size, sinceMs: ctimeMs }
    }
  }
}

/** False: nothing of this name is kept. Only what `listKept` may name is erased. */
export async function eraseKept(root: string, path: string): Promise<boolean> {
  const [, device = '', name = ''] = PATH.exec(path) ?? []
  if (!NAME.test(name)) return false
  const deviceId = DeviceId.parse(Number(device))
  try {
    await unlink(join(deviceDirectory(root, deviceId), QUARANTINE_DIR, name))
    return true
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return false
  }
}

/** None where a disk has no quarantine, or is not mounted. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).toSorted()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return []
  }
}
