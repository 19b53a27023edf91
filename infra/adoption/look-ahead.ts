// What an import would do, without doing it: the same plan, and the same walk, with a count in
// place of every write.
import { expectRoom, type ImportOptions } from './import-mogilefs.ts'
import type { Plan } from './map-cluster.ts'
import { mapCluster } from './map-cluster.ts'
import type { Places } from './map-file.ts'
import {
  readCluster,
  readHighestFid,
  readOddities,
  readQueues,
  readTotals,
} from './read-cluster.ts'
import type { Source } from './source.ts'
import type { Target } from './target.ts'
import { walk } from './walk.ts'

export interface Foresight {
  plan: Pick<Plan, 'domains' | 'classes' | 'hosts' | 'devices' | 'notes'>
  files: number
  bytes: number
  copies: number
  /** Of the files: there already, to be stored, and not to be mapped, by the reason. */
  known: number
  added: number
  unmapped: Record<string, number>
  /** Files without any known copy, and files without a checksum. */
  lost: number
  unsummed: number
  queues: Record<string, number>
}

export async function lookAhead(
  source: Source,
  target: Target,
  options: ImportOptions,
): Promise<Foresight> {
  const { keyEncoding, onProgress, signal } = options
  const plan = mapCluster(await readCluster(source), options)
  await expectRoom(target, plan)
  const sum = { known: 0, added: 0, lost: 0, unsummed: 0 }
  const unmapped: Record<string, number> = {}
  const lastFid = await readHighestFid(source)
  const walking = { source, places: placesOf(plan), keyEncoding, fromFid: 1, lastFid }
  for await (const page of walk(walking)) {
    signal?.throwIfAborted()
    const known = await target.countKnown(page.files.map(({ fid }) => fid))
    sum.known += known
    sum.added += page.files.length - known
    sum.lost += page.files.filter(({ deviceIds }) => deviceIds.length === 0).length
    sum.unsummed += page.files.filter(({ checksum }) => checksum === 'none').length
    for (const { reason } of page.unmapped) unmapped[reason] = (unmapped[reason] ?? 0) + 1
    onProgress?.(page.files.length + page.unmapped.length)
  }
  const totals = await readTotals(source, plan.liveDevices)
  plan.notes.push(...(await readOddities(source, totals)))
  return { plan, ...totals, ...sum, unmapped, queues: await readQueues(source) }
}

/** Numbers that nobody looks at: what is asked is whether there would be any. */
function placesOf({ names, liveDevices }: Plan): Places {
  const domains = new Map(
    [...names].map(([dmid, { classes }]) => [
      dmid,
      { domainId: 1, classIds: new Map([...classes.keys()].map((classid) => [classid, 1])) },
    ]),
  )
  return { domains, liveDevices }
}
