// A copy of a file or a collection under a name aside, durable, and no longer than our bound. Links
// and what is no file are left out: they are not on the share.
import { constants } from 'node:fs'
import { copyFile, cp, lstat, mkdir, open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Problem } from '#shared/problems.ts'
import { codeOf } from '../disk/failures.ts'
import { settleDevice } from '../disk/journal/settle-device.ts'
import { MAX_COPIED_RESOURCES } from '../limits.ts'
import { FACTS_DIR } from './paths.ts'
import { openToRead, type Place, type Resource } from './tree.ts'

export async function copyAside(
  place: Place,
  { isCollection }: Resource,
  aside: string,
  isDeep: boolean,
): Promise<void> {
  if (!isCollection) return copyOne(place, aside)
  if (isDeep) await copyAll(`${place.path}/`, aside)
  else await copyBare(place, aside)
  await settleDevice(aside)
}

async function copyOne(place: Place, aside: string): Promise<void> {
  await using source = await openToRead(place)
  await copyFile(`/proc/self/fd/${source.fd}`, aside, constants.COPYFILE_FICLONE)
  await using copy = await open(aside, 'r+')
  await copy.datasync()
}

/** The ages of files are kept: so what is known of them stays true. */
async function copyAll(path: string, aside: string): Promise<void> {
  let left = MAX_COPIED_RESOURCES
  await cp(path, aside, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    async filter(source) {
      const stat = await lstat(source)
      if (!stat.isFile() && !stat.isDirectory()) return false
      const isFacts = basename(source) === FACTS_DIR || basename(dirname(source)) === FACTS_DIR
      if (!isFacts && --left < 0)
        throw new Problem('forbidden', { copies: `more than ${MAX_COPIED_RESOURCES}` })
      return true
    },
  })
}

async function copyBare({ factsOfCollection }: Place, aside: string): Promise<void> {
  await mkdir(`${aside}/${FACTS_DIR}`, { recursive: true })
  try {
    await copyFile(factsOfCollection, `${aside}/${FACTS_DIR}/.json`)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}
