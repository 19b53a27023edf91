// The share's directories, entered one by one without following links: whatever lies on the disk,
// a path leads nowhere else. What is neither a file nor a directory is not there.
import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { Problem, type ProblemCode } from '#shared/problems.ts'
import { codeOf } from '../disk/failures.ts'
import { FACTS_DIR, type Path, parentOf } from './paths.ts'

/** A name in a directory that is open. Its last part may be a link: nothing may follow it. */
export interface Place {
  /** `/proc/self/fd/N/name` */
  path: string
  /** The file that holds what is known of it, where it is a file; and where it is a collection. */
  factsOfFile: string
  factsOfCollection: string
  /** Of the directory that it is in. */
  parent: string
}

export interface Resource {
  isCollection: boolean
  bytes: number
  modifiedMs: number
  createdMs: number
  inode: number
}

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
const MISSING: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
])

/** `directory` is open; the place is good for as long as it stays so. */
export function placeIn(directory: FileHandle, name: string): Place {
  const parent = `/proc/self/fd/${directory.fd}`
  return {
    path: `${parent}/${name}`,
    factsOfFile: `${parent}/${FACTS_DIR}/${name}.json`,
    factsOfCollection: `${parent}/${name}/${FACTS_DIR}/.json`,
    parent,
  }
}

/** The collection itself. Throws `missing` where there is none. */
export async function openCollection(
  root: string,
  path: Path,
  missing: ProblemCode = 'unknown_resource',
): Promise<FileHandle> {
  let directory = await open(root, DIRECTORY)
  for (const name of path) {
    try {
      const next = await enter(placeIn(directory, name), missing)
      await directory.close()
      directory = next
    } catch (error) {
      await directory.close()
      throw error
    }
  }
  return directory
}

/**
 * Does something with the place that a path names, whether anything is there or not. Throws
 * `missing` where the collection that it would be in does not exist.
 */
export async function at<Result>(
  root: string,
  path: Path,
  work: (place: Place) => Promise<Result>,
  missing: ProblemCode = 'unknown_resource',
): Promise<Result> {
  await using directory = await openCollection(root, parentOf(path), missing)
  return await work(placeIn(directory, path.at(-1) ?? '.'))
}

async function enter({ path }: Place, missing: ProblemCode): Promise<FileHandle> {
  try {
    return await open(path, DIRECTORY)
  } catch (error) {
    if (MISSING.has(codeOf(error))) throw new Problem(missing)
    throw error
  }
}

export async function look({ path }: Pick<Place, 'path'>): Promise<Resource | undefined> {
  try {
    const stat = await lstat(path)
    if (!stat.isFile() && !stat.isDirectory()) return undefined
    return {
      isCollection: stat.isDirectory(),
      bytes: stat.size,
      modifiedMs: stat.mtimeMs,
      createdMs: stat.birthtimeMs,
      inode: stat.ino,
    }
  } catch (error) {
    if (MISSING.has(codeOf(error))) return undefined
    throw error
  }
}

/** A file, not followed where it is a link. */
export const openToRead = ({ path }: Place): Promise<FileHandle> =>
  open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
