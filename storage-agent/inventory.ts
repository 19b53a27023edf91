// `mog-agent inventory`: all that the disks of this host hold and remember, a line of JSON for each
// file, for `mog rebuild load`. Reads alone, and needs neither a tracker nor a running agent.
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import * as z from 'zod'
import type { DeviceId, Fid } from '#shared/ids.ts'
import { CatalogueEntry, firstFidOf, leafOf } from '#shared/wire/catalogue.ts'
import type { InventoryFile, InventoryLine } from '#shared/wire/rebuild.ts'
import { readLeaf } from './disk/catalogue/leaf-file.ts'
import type { Known } from './disk/catalogue/lines.ts'
import { readDefinitions } from './disk/catalogue/progress.ts'
import { codeOf } from './disk/failures.ts'
import { Identity } from './disk/identity.ts'
import { Lane } from './disk/lane.ts'
import { CATALOGUE_DIR, deviceDirectory, deviceIdOf, fileOf, IDENTITY_FILE } from './disk/layout.ts'
import { listFids, MAX_ORDERED_FID } from './disk/list-fids.ts'
import { POOL_THREADS_PER_DEVICE } from './limits.ts'

/** Whole rows of the database: none of our business. */
const Definitions = z.record(z.string(), z.unknown())

export interface Told {
  deviceId: DeviceId
  files: number
}

/** One device after the other; those without an identity are passed over. */
export async function tellInventory(root: string, out: Writable): Promise<Told[]> {
  const told: Told[] = []
  for (const name of (await readdir(root)).toSorted()) {
    const deviceId = deviceIdOf(name)
    if (deviceId === undefined) continue
    let files = 0
    for await (const line of linesOf(deviceDirectory(root, deviceId))) {
      if ('fid' in line) files++
      if (!out.write(`${JSON.stringify(line)}\n`)) await once(out, 'drain')
    }
    told.push({ deviceId, files })
  }
  return told
}

/** What a device holds and remembers, its files in ascending order. */
export async function* linesOf(path: string): AsyncGenerator<InventoryLine, void, undefined> {
  const lane = new Lane(POOL_THREADS_PER_DEVICE)
  const { clusterId, deviceId } = Identity.parse(
    JSON.parse(await readFile(join(path, IDENTITY_FILE), 'utf8')),
  )
  const defined = await readDefinitions(path, lane)
  yield {
    deviceId,
    clusterId,
    ...(defined !== undefined && {
      definitions: Definitions.parse(JSON.parse(defined.text)),
      definedMs: defined.readMs,
    }),
  }
  for await (const leaf of leavesOf(path, lane))
    for (const file of await filesOf(path, lane, leaf)) yield { deviceId, ...file }
  yield { deviceId, end: true }
}

/** Of the directories with files, and of the catalogue: those that are in either. */
async function* leavesOf(path: string, lane: Lane): AsyncGenerator<number, void, undefined> {
  const range = { fromFid: 0, toFid: MAX_ORDERED_FID }
  const remembered = rememberedLeaves(path)
  let next = await remembered.next()
  for await (const { lastFid } of listFids({ path, lane }, range)) {
    const leaf = leafOf(lastFid)
    for (; next.done !== true && next.value < leaf; next = await remembered.next()) yield next.value
    if (next.done !== true && next.value === leaf) next = await remembered.next()
    yield leaf
  }
  for (; next.done !== true; next = await remembered.next()) yield next.value
}

async function* rememberedLeaves(path: string): AsyncGenerator<number, void, undefined> {
  const catalogue = join(path, CATALOGUE_DIR)
  for (const above of await numbersIn(catalogue))
    for (const below of await numbersIn(join(catalogue, above)))
      yield Number(above) * 1_000 + Number(below)
}

async function numbersIn(directory: string): Promise<string[]> {
  try {
    const names = await readdir(directory)
    return names.filter((name) => /^\d+$/.test(name)).toSorted((a, b) => Number(a) - Number(b))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return []
  }
}

async function filesOf(path: string, lane: Lane, leaf: number): Promise<InventoryFile[]> {
  const { live, deleted } = await readLeaf(path, lane, leaf)
  const sizes = await sizesIn(path, lane, leaf)
  const fids = new Set([...live.keys(), ...deleted.keys(), ...sizes.keys()])
  const ascending = [...fids].toSorted((a, b) => a - b)
  return ascending.map((fid) => fileFrom(fid, sizes.get(fid), live.get(fid), deleted.get(fid)))
}

function fileFrom(fid: Fid, bytes?: number, known?: Known, deletedMs?: number): InventoryFile {
  return {
    fid,
    ...(bytes !== undefined && { bytes }),
    ...(known !== undefined && {
      entry: CatalogueEntry.parse(JSON.parse(known.text)),
      readMs: known.readMs,
    }),
    ...(deletedMs !== undefined && { deletedMs }),
  }
}

async function sizesIn(path: string, lane: Lane, leaf: number): Promise<Map<Fid, number>> {
  const range = { fromFid: firstFidOf(leaf), toFid: firstFidOf(leaf + 1) - 1 }
  const sizes = new Map<Fid, number>()
  for await (const { fids } of listFids({ path, lane }, range)) {
    const found = await Promise.all(fids.map((fid) => sizeOf(path, lane, fid)))
    for (const [at, fid] of fids.entries()) {
      const bytes = found[at]
      if (bytes !== undefined) sizes.set(fid, bytes)
    }
  }
  return sizes
}

/** Undefined: it was erased meanwhile. */
async function sizeOf(path: string, lane: Lane, fid: Fid): Promise<number | undefined> {
  try {
    return (await lane.run(() => stat(path + fileOf(fid)))).size
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return undefined
  }
}
