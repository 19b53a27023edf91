// Which leaves of the catalogue may be behind, as the disk itself tells after a start: those whose
// directory changed since, and those that were too young to be complete when the agent stopped.
import { stat } from 'node:fs/promises'
import { FIDS_PER_DIRECTORY } from '#shared/limits.ts'
import { leafOf } from '#shared/wire/catalogue.ts'
import type { Lane } from '../lane.ts'
import { listDirectories, MAX_ORDERED_FID } from '../list-fids.ts'
import { datedMs } from './leaf-file.ts'

const EVERYTHING = { fromFid: 0, toFid: MAX_ORDERED_FID }

/** `completeFid`: up to there the catalogue was complete; 0 where nothing is known of that. */
export async function* staleLeaves(
  root: string,
  lane: Lane,
  completeFid: number,
): AsyncGenerator<number, void, undefined> {
  for await (const { path, firstFid } of listDirectories({ path: root, lane }, EVERYTHING)) {
    const leaf = leafOf(firstFid)
    if (firstFid + FIDS_PER_DIRECTORY - 1 > completeFid) yield leaf
    else {
      const { mtimeMs } = await lane.run(() => stat(path))
      const checkedMs = await datedMs(root, lane, leaf)
      if (checkedMs === undefined || mtimeMs >= checkedMs) yield leaf
    }
  }
}
