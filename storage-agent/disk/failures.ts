// What the kernel says of a device, in our words. What it has no word for stays what it is: a bug
// or a broken disk, logged once at the edge.
import { Problem, type ProblemCode } from '#shared/problems.ts'

/** `ENOENT`, `EIO` ..., or undefined for anything that no system call threw. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined

const DAMAGE: ReadonlySet<string | undefined> = new Set([
  'EIO',
  'EUCLEAN',
  'EBADMSG',
  'EILSEQ',
  'ENOTDIR',
])

/** What the disk keeps of a file or directory cannot be read: it is as good as not there. */
export const isDamage = (error: unknown): boolean => DAMAGE.has(codeOf(error))

const meanings: ReadonlyMap<string | undefined, ProblemCode> = new Map([
  ['ENOSPC', 'disk_full'],
  ['EDQUOT', 'disk_full'],
  ['EROFS', 'device_unavailable'],
  ['EIO', 'device_unavailable'],
  ['ENODEV', 'device_unavailable'],
  ['EUCLEAN', 'device_unavailable'],
])

const DISK_FAILURE: ReadonlySet<string | undefined> = new Set(['EIO', 'EROFS', 'EUCLEAN', 'ENODEV'])

/** Met by a write: the file system takes no more of them. */
export const isDiskFailure = (error: unknown): boolean => DISK_FAILURE.has(codeOf(error))

/** The refusal that a failed operation on a device means for a client, where it means one. */
export function problemOf(error: unknown): unknown {
  const code = codeOf(error)
  const meaning = meanings.get(code)
  return meaning === undefined ? error : new Problem(meaning, { reason: code }, { cause: error })
}
