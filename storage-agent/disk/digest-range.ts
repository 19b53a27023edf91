// The fids and lengths of what lies on a device between two fids, in one digest: the database makes
// the same of its rows (edge-tracker/db/looks.ts), so equal ones need not be told to each other.
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Place } from './examine.ts'
import { codeOf, isDamage } from './failures.ts'
import { fileOf } from './layout.ts'
import { type FidRange, listFids, MAX_ORDERED_FID } from './list-fids.ts'

/** SHA-256 in hex. `onFile` is told of each file, and resolves when the pace allows to go on. */
export async function digestRange(
  { root: path, lane }: Place,
  { fromFid, toFid }: FidRange,
  onFile: () => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256')
  let separator = ''
  const range = { fromFid, toFid: Math.min(toFid, MAX_ORDERED_FID) }
  for await (const { fids } of listFids({ path, lane, passesDamage: true }, range))
    for (const fid of fids) {
      const bytes = await lane.run(() => lengthOf(path + fileOf(fid)))
      if (bytes !== undefined) hash.update(`${separator}${fid} ${bytes}`)
      separator = '\n'
      await onFile()
    }
  return hash.digest('hex')
}

/** Of no file at all. */
export const EMPTY_DIGEST = createHash('sha256').digest('hex')

/** Undefined: erased meanwhile, or damaged. Who looks for it by its name will see. */
async function lengthOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || isDamage(error)) return undefined
    throw error
  }
}
