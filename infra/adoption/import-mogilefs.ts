// Takes the files of a MogileFS cluster over, while it runs and as often as one likes: each run
// takes what differs. Where it stands is in our database: killed, it goes on from there.
import { BURY_FILES, FID_HEADROOM, GONE_FILES, GONE_PERCENT } from './limits.ts'
import { type MapOptions, mapCluster, type Plan } from './map-cluster.ts'
import type { KeyEncoding } from './map-file.ts'
import {
  readCluster,
  readHighestFid,
  readOddities,
  readQueues,
  readTotals,
} from './read-cluster.ts'
import { AdoptionRefusal } from './refusal.ts'
import type { Source } from './source.ts'
import { type Tally, tallyUp } from './tally.ts'
import type { Target } from './target.ts'
import { walk } from './walk.ts'

export interface ImportOptions extends MapOptions {
  keyEncoding: KeyEncoding
  /** How many files were looked at, of how many. */
  onProgress?: (files: number) => void
  signal?: AbortSignal
  headroom?: number
  pageFiles?: number
  /** So many deletions are right, though they are many. */
  allowGone?: boolean
}

export interface ImportReport {
  notes: string[]
  /** This run's own: a run that goes on with another's counts what is left. */
  added: number
  changed: number
  gone: number
  tally: Tally
  /** Rows of MogileFS's own queues. */
  queues: Record<string, number>
  /** Numbers above are ours. */
  lastFid: number
}

export async function importMogilefs(
  source: Source,
  target: Target,
  options: ImportOptions,
): Promise<ImportReport> {
  const { headroom = FID_HEADROOM, signal } = options
  const plan = mapCluster(await readCluster(source), options)
  await expectRoom(target, plan)
  const { nextFid, lastFid } = await target.beginWalk(await readHighestFid(source), headroom)
  await target.adoptCluster(plan)
  // given up on either side, a device holds nothing that counts
  for (const deviceId of await target.deadDevices()) plan.liveDevices.delete(deviceId)
  const places = await target.places(plan)

  const sum = { added: 0, changed: 0, gone: 0 }
  const { keyEncoding, pageFiles, onProgress } = options
  const walking = { source, places, keyEncoding, fromFid: nextFid, lastFid }
  for await (const page of walk({ ...walking, ...(pageFiles !== undefined && { pageFiles }) })) {
    signal?.throwIfAborted()
    const taken = await target.adoptPage(page)
    if (taken === undefined)
      throw new AdoptionRefusal('Another import is under way', 'It goes on; this one has ended.')
    sum.added += taken.added
    sum.changed += taken.changed
    onProgress?.(page.files.length + page.unmapped.length)
  }
  sum.gone = await buryGone(target, options)
  await target.endWalk()

  const theirs = await readTotals(source, plan.liveDevices)
  const tally = await tallyUp(target, theirs, plan.liveDevices)
  const notes = [...plan.notes, ...(await readOddities(source, theirs))]
  return { notes, ...sum, tally, queues: await readQueues(source), lastFid }
}

export async function expectRoom(target: Target, plan: Plan): Promise<void> {
  const conflicts = await target.conflicts(plan)
  if (conflicts.length === 0) return
  throw new AdoptionRefusal(
    `Numbers and names are taken: ${conflicts.join('; ')}`,
    'Hosts and devices keep their numbers: import before others are added, into a new database.',
  )
}

/** A wrong DSN must not delete everything: many at once need an operator's word. */
async function buryGone(target: Target, options: ImportOptions): Promise<number> {
  const { gone, files } = await target.countGone()
  const isMany = gone >= GONE_FILES && gone * 100 > files * GONE_PERCENT
  if (isMany && options.allowGone !== true)
    throw new AdoptionRefusal(
      `${gone} of ${files} files are not in that database any more: nothing was deleted`,
      'Is it the right one? Then say --allow-gone.',
    )
  let buried = 0
  for (;;) {
    options.signal?.throwIfAborted()
    const some = await target.buryGone(BURY_FILES)
    if (some === 0) return buried
    buried += some
  }
}

/**
 * The end of the takeover, after a last run with MogileFS's trackers stopped: its devices are ours,
 * and what nothing names on them is erased. Refused while counts differ, or while the bytes of
 * files that do not map would be erased with the rest, unless that is wanted.
 */
export async function finishAdoption(
  source: Source,
  target: Target,
  options: ImportOptions & { eraseUnmapped?: boolean },
): Promise<ImportReport> {
  const report = await importMogilefs(source, target, options)
  const { tally } = report
  if (!tally.isEqual)
    throw new AdoptionRefusal(
      `Counts differ: there ${JSON.stringify(tally.theirs)}, ours ${JSON.stringify(tally.ours)}`,
      "Do MogileFS's trackers still run? Stop them, and try again.",
    )
  const unmapped = tally.unmapped.filter(({ isDeletedHere }) => !isDeletedHere)
  if (unmapped.length > 0 && options.eraseUnmapped !== true)
    throw new AdoptionRefusal(
      `Files do not map, and their bytes would be erased: ${unmapped
        .map(({ files, reason }) => `${files}: ${reason}`)
        .join('; ')}`,
      'Mend them in MogileFS first, or give them up with --erase-unmapped.',
    )
  await target.finish(mapCluster(await readCluster(source), options))
  return report
}
