// What was taken over, counted on both sides: by MogileFS's database, and by ours. Equal counts are
// what an import is believed by; what differs is told, not explained away.
import * as z from 'zod'
import type { OldTotals } from './read-cluster.ts'
import type { Target } from './target.ts'

const Totals = z.object({
  files: z.coerce.number(),
  bytes: z.coerce.number(),
  copies: z.coerce.number(),
})
const Unmapped = Totals.extend({ reason: z.string(), isDeletedHere: z.boolean() })
const DomainTotals = z.object({
  domain: z.string(),
  class: z.string(),
  files: z.coerce.number(),
  bytes: z.coerce.number(),
})

export interface Tally {
  theirs: OldTotals
  ours: OldTotals
  /** Of theirs that are not ours, by the reason. */
  unmapped: z.infer<typeof Unmapped>[]
  classes: z.infer<typeof DomainTotals>[]
  /** Every file, byte and copy of theirs is ours, or is told of in `unmapped`. */
  isEqual: boolean
}

/** Both sides count copies on these devices. */
export async function tallyUp(
  target: Target,
  theirs: OldTotals,
  liveDevices: Iterable<number>,
): Promise<Tally> {
  const [ours = { files: 0, bytes: 0, copies: 0 }] = await target.rows(
    Totals,
    // a copy that is to be erased here, for there are better ones, lies there until the end
    `select count(*) as files, coalesce(sum(bytes), 0) as bytes, (
        select count(*) from (
          select fid, device_id from replica
          union select fid, device_id from job where kind = 'delete'
        ) as lying join file using (fid)
        where fid <= (select last_fid from adoption) and device_id = any($1)) as copies
      from file where fid <= (select last_fid from adoption)`,
    [[...liveDevices]],
  )
  const unmapped = await target.rows(
    Unmapped,
    `select reason, deleted_here as "isDeletedHere", count(*) as files, sum(bytes) as bytes,
        sum(copies) as copies
      from adoption_unmapped group by reason, deleted_here order by files desc`,
  )
  const classes = await target.rows(
    DomainTotals,
    `select domain.name as domain, class.name as class, sum(files) as files, sum(bytes) as bytes
      from placements() join class using (class_id) join domain using (domain_id)
      group by domain.name, class.name order by 1, 2`,
  )
  const isEqual = (['files', 'bytes', 'copies'] as const).every(
    (what) => theirs[what] === unmapped.reduce((sum, each) => sum + each[what], ours[what]),
  )
  return { theirs, ours, unmapped, classes, isEqual }
}
