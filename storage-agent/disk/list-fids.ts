// The fids on a device, directory by directory, in ascending order: the layout is ordered by fid,
// so a sweep goes on from any number, and skips what does not exist without looking at it.
import { readdir } from 'node:fs/promises'
import { Fid } from '#shared/ids.ts'
import { FIDS_PER_DIRECTORY } from '#shared/limits.ts'
import { isDamage } from './failures.ts'
import type { Lane } from './lane.ts'

/** Above it a fid has eleven digits, and directories no longer stand in the order of their fids. */
export const MAX_ORDERED_FID = 9_999_999_999

/** The root of a device, by its path or by a handle. */
export interface Tree {
  path: string
  lane: Lane
  /** Damaged directories are as if they were empty: whoever looks for what lay there sees it. */
  passesDamage?: boolean
}

/** Inclusive on both ends. */
export interface FidRange {
  fromFid: number
  toFid: number
}

export interface Leaf {
  fids: Fid[]
  /** The highest fid that could lie in this directory. */
  lastFid: number
}

/** The directories that hold fids of the range, each with those that it holds. */
export async function* listFids(
  device: Tree,
  range: FidRange,
): AsyncGenerator<Leaf, void, undefined> {
  for await (const { path, firstFid } of listDirectories(device, range)) {
    const names = await namesIn(device, path)
    const fids = names
      .map(fidOf)
      .filter((fid) => fid !== undefined)
      .filter((fid) => fid >= range.fromFid && fid <= range.toFid)
    if (fids.length > 0) yield { fids, lastFid: firstFid + FIDS_PER_DIRECTORY - 1 }
  }
}

/** The directories alone, in order. */
export const listDirectories = (
  device: Tree,
  range: FidRange,
): AsyncGenerator<Directory, void, undefined> =>
  descend(device, { path: device.path, firstFid: 0 }, range)

export interface Directory {
  path: string
  /** The lowest fid that could lie in it. */
  firstFid: number
}

/** `/0/001/234`: how the name of each level looks, and how many fids it stands for. */
const LEVELS = [
  { shape: /^\d$/, span: 1_000_000_000 },
  { shape: /^\d{3}$/, span: 1_000_000 },
  { shape: /^\d{3}$/, span: FIDS_PER_DIRECTORY },
]

async function* descend(
  device: Tree,
  { path, firstFid }: Directory,
  range: FidRange,
  depth = 0,
): AsyncGenerator<Directory, void, undefined> {
  const level = LEVELS[depth]
  if (level === undefined) {
    yield { path, firstFid }
    return
  }
  for (const name of await namesIn(device, path)) {
    if (!level.shape.test(name)) continue
    const first = firstFid + Number(name) * level.span
    if (first > range.toFid) return
    if (first + level.span <= range.fromFid) continue
    yield* descend(device, { path: `${path}/${name}`, firstFid: first }, range, depth + 1)
  }
}

async function namesIn({ lane, passesDamage = false }: Tree, path: string): Promise<string[]> {
  try {
    const names = await lane.run(() => readdir(path))
    return names.toSorted()
  } catch (error) {
    if (passesDamage && isDamage(error)) return []
    throw error
  }
}

function fidOf(name: string): Fid | undefined {
  const digits = /^(\d{10})\.fid$/.exec(name)?.[1]
  return digits === undefined ? undefined : Fid.safeParse(Number(digits)).data
}
