// The walk through all files of MogileFS, in the order of their fids, a page at a time: while one
// is written here, the next one is read there.
import { PAGE_FILES } from './limits.ts'
import {
  type AdoptedFile,
  type KeyEncoding,
  mapFile,
  type Places,
  type UnmappedFile,
} from './map-file.ts'
import { readFiles } from './read-files.ts'
import type { Source } from './source.ts'
import type { Page } from './target.ts'

export interface WalkOptions {
  source: Source
  places: Places
  keyEncoding: KeyEncoding
  fromFid: number
  /** Inclusive. The last page reaches to it. */
  lastFid: number
  pageFiles?: number
}

export async function* walk(options: WalkOptions): AsyncGenerator<Page, void, undefined> {
  const { lastFid } = options
  let reading = readPage(options, options.fromFid)
  for (;;) {
    const page = await reading
    if (page.toFid >= lastFid) {
      yield page
      return
    }
    reading = readPage(options, page.toFid + 1)
    reading.catch(() => undefined) // told when it is awaited
    yield page
  }
}

async function readPage(
  { source, places, keyEncoding, lastFid, pageFiles = PAGE_FILES }: WalkOptions,
  fromFid: number,
): Promise<Page> {
  const old = await readFiles(source, fromFid, pageFiles)
  const toFid = old.length < pageFiles ? lastFid : (old.at(-1)?.fid ?? lastFid)
  const mapped = old.map((each) => mapFile(each, places, keyEncoding))
  return {
    fromFid,
    toFid: Math.max(toFid, fromFid),
    files: mapped.filter(isAdopted),
    unmapped: mapped.filter((each): each is UnmappedFile => !isAdopted(each)),
  }
}

const isAdopted = (file: AdoptedFile | UnmappedFile): file is AdoptedFile => 'key' in file
