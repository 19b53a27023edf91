// One leaf of a device's catalogue, on its disk: read whole, appended to durably, and written anew
// when most of its lines are spent. Its mtime says when it was last held against the database.
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Fid } from '#shared/ids.ts'
import { MAX_SPENT_LINES } from '../../limits.ts'
import { codeOf } from '../failures.ts'
import type { Lane } from '../lane.ts'
import { catalogueFileOf, FILE_MODE, TEMP_DIR } from '../layout.ts'
import type { Mount } from '../mount.ts'
import { compactLines, entryLine, goneLine, type LeafContent, readLines } from './lines.ts'

export interface Told {
  entries: readonly { fid: Fid; text: string }[]
  live: ReadonlySet<Fid>
  nowMs: number
}

type Place = Pick<Mount, 'root' | 'directories'>

export async function readLeaf(root: string, lane: Lane, leaf: number): Promise<LeafContent> {
  try {
    return readLines(await lane.run(() => readFile(root + catalogueFileOf(leaf), 'utf8')))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return { live: new Map(), deleted: new Map(), spent: 0 }
  }
}

/** Lays what the database says over what is known. Safe to repeat, and to be torn by a crash. */
export async function learnLeaf(
  place: Place,
  lane: Lane,
  leaf: number,
  known: LeafContent,
  told: Told,
): Promise<void> {
  const { entries, live, nowMs } = told
  const named = new Map(entries.map((entry) => [entry.fid, entry.text]))
  const news = entries.filter(({ fid, text }) => known.live.get(fid)?.text !== text)
  const absent = [...known.live.keys()].filter((fid) => !named.has(fid))
  const moved = absent.filter((fid) => live.has(fid))
  const deleted = absent.filter((fid) => !live.has(fid))
  const lines = news.map(({ text }) => entryLine({ text, readMs: nowMs }))
  if (moved.length > 0) lines.push(goneLine(moved, false, nowMs))
  if (deleted.length > 0) lines.push(goneLine(deleted, true, nowMs))
  if (lines.length === 0) return
  await append(place, lane, catalogueFileOf(leaf), lines)
  if (known.spent + news.length + absent.length > Math.max(MAX_SPENT_LINES, known.live.size))
    await compact(place, lane, leaf)
}

/** `checkedMs`, by our own clock: a directory that changed later makes it stale. */
export async function dateLeaf(root: string, lane: Lane, leaf: number, checkedMs: number) {
  const atS = checkedMs / 1000
  try {
    await lane.run(() => utimes(root + catalogueFileOf(leaf), atS, atS))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error // nothing is known of the leaf, and nothing lies
  }
}

/** When a leaf was last held against the database; undefined where it never was. */
export async function datedMs(root: string, lane: Lane, leaf: number): Promise<number | undefined> {
  try {
    return (await lane.run(() => stat(root + catalogueFileOf(leaf)))).mtimeMs
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return undefined
  }
}

async function append(
  { root, directories }: Place,
  lane: Lane,
  file: string,
  lines: readonly string[],
): Promise<void> {
  await directories.makeFor(file)
  const handle = await lane.run(() => open(root + file, 'a+', FILE_MODE))
  try {
    const { size } = await lane.run(() => handle.stat())
    const last = Buffer.alloc(1)
    if (size > 0) await lane.run(() => handle.read(last, 0, 1, size - 1))
    // what a crash tore has no end: the next line must not become part of it
    const gap = size > 0 && last.toString() !== '\n' ? '\n' : ''
    await lane.run(() => handle.appendFile(gap + lines.join('')))
    await lane.run(() => handle.datasync())
    if (size === 0) await directories.sync(dirname(file))
  } finally {
    await handle.close()
  }
}

async function compact({ root, directories }: Place, lane: Lane, leaf: number): Promise<void> {
  const file = catalogueFileOf(leaf)
  const lines = compactLines(await readLeaf(root, lane, leaf))
  const temp = `${root}/${TEMP_DIR}/catalogue.${leaf}`
  await lane.run(() => rm(temp, { force: true }))
  const handle = await lane.run(() => open(temp, 'wx', FILE_MODE))
  try {
    await lane.run(() => handle.writeFile(lines.join('')))
    await lane.run(() => handle.datasync())
  } finally {
    await handle.close()
  }
  await lane.run(() => rename(temp, root + file))
  await directories.sync(dirname(file))
}
