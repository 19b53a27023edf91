// What has come of a file in parts, from its beginning on; or the file, where all of it has.
import { open } from 'node:fs/promises'
import type { Fid } from '#shared/ids.ts'
import type { Device } from '../device.ts'
import { codeOf, problemOf } from '../failures.ts'
import { type FoundFile, findFile, openFile } from '../read.ts'
import { readPartial } from './partial.ts'
import { dataOf } from './record.ts'
import { cameOf } from './stretches.ts'

/** Undefined: nothing has come, or it was given up. */
export async function readComingBytes(device: Device, fid: Fid): Promise<FoundFile | undefined> {
  const partial = await readPartial(device, fid)
  if (partial === undefined) return findFile(device, fid)
  if (partial.isGone) return undefined
  const bytes = cameOf(partial.stretches)
  const found = { bytes, modifiedMs: 0 }
  if (bytes === 0) return { ...found, whole: Buffer.alloc(0) }
  try {
    const file = await device.lane.run(() => open(dataOf(device.rootForReading(), fid), 'r'))
    return { ...found, open: openFile(file, device.lane, device.tally) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return findFile(device, fid) // it became one meanwhile
    throw problemOf(error)
  }
}
