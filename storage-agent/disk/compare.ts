// What a device should hold beside what lies on it, fid by fid in ascending order.
import type { Fid } from '#shared/ids.ts'
import type { ExpectedCopy } from '#shared/wire/looks.ts'
import { type FidRange, listFids, MAX_ORDERED_FID, type Tree } from './list-fids.ts'

/** A copy that should be there, or a fid that lies there and that nobody named. */
export type Step = { wanted: ExpectedCopy } | { unknown: Fid }

export const fidOfStep = (step: Step): Fid => ('wanted' in step ? step.wanted.fid : step.unknown)

/**
 * `wanted` is ascending. Whether a wanted copy is there is not said: who looks at it will see.
 * Without a tree, only what is wanted is looked at.
 */
export async function* compare(
  wanted: readonly ExpectedCopy[],
  range: FidRange,
  tree: Tree | undefined,
): AsyncGenerator<Step, void, undefined> {
  let next = 0
  for await (const fid of lyingIn(tree, range)) {
    for (let copy = wanted[next]; copy !== undefined && copy.fid < fid; copy = wanted[next]) {
      yield { wanted: copy }
      next++
    }
    if (wanted[next]?.fid !== fid) yield { unknown: fid }
  }
  for (const copy of wanted.slice(next)) yield { wanted: copy }
}

async function* lyingIn(
  tree: Tree | undefined,
  { fromFid, toFid }: FidRange,
): AsyncGenerator<Fid, void, undefined> {
  if (tree === undefined || fromFid > MAX_ORDERED_FID) return
  const range = { fromFid, toFid: Math.min(toFid, MAX_ORDERED_FID) }
  for await (const { fids } of listFids(tree, range)) yield* fids
}
