// The walk through the files of each class, from a cursor: what has to be looked at again because a
// policy or the cluster changed. A crash repeats a window; two walkers of it write the same.
import * as z from 'zod'
import { DeviceId, Fid } from '#shared/ids.ts'
import { statement } from './statement.ts'

const Review = z.object({
  classId: z.int(),
  copies: z.int(),
  policy: z.string(),
  madeFor: z.string(),
  level: z.int(),
  nextFid: z.number(),
  /** The lap begins here. */
  started: z.boolean(),
  /** So much waits to be done that no more need be found. */
  isFull: z.boolean(),
})
export type Review = z.infer<typeof Review>

/**
 * The class to look at now, the endangered first; no row when all are at rest. `shape`: a digest of
 * what policies see of the cluster. A change of it, or of the class, begins the walk anew.
 */
export const nextReview = (shape: string, maxBacklog: number, maxJobs: number) => statement(Review)`
  with current as (
    select class_id, copies, policy, md5(concat_ws(' ', copies, policy, ${shape}::text)) as digest
    from class
  ), wanted as (
    select class_id, current.copies, policy, digest, level, next_fid,
      made_for is distinct from digest or next_fid is null as starts
    from current left join review using (class_id)
    where made_for is distinct from digest or next_fid is not null or lap_at <= now()
    order by starts desc, level, class_id limit 1
  ), started as (
    insert into review (class_id, made_for, level, next_fid, lap_at)
    select class_id, digest, 0, 0, now() from wanted where starts
    on conflict (class_id) do update set level = 0, next_fid = 0, made_for = excluded.made_for,
      changed_at = case when review.made_for = excluded.made_for then review.changed_at
        else now() end
  )
  select class_id as "classId", copies, policy, digest as "madeFor", starts as started,
    case when starts then 0 else level end as level,
    case when starts then 0 else next_fid end as "nextFid",
    due_shortfalls(${maxBacklog}) >= ${maxBacklog} or exists (
      -- a host that does not come may stay full, and a disk that failed: they are passed over
      select from full_devices(${maxJobs}) as full_device (device_id)
        join device using (device_id) join host using (host_id)
      where host.state = 'alive' and seen_at > now() - interval '1 minute'
        and device.state in ('alive', 'drain') and condition in ('ok', 'full')) as "isFull"
  from wanted`

const Lying = z.object({ deviceIds: z.array(DeviceId), files: z.number() })

/** On which devices the files of a class lie together. More rows than `limit`: not all of them. */
export const placementsOfClass = (classId: number, limit: number) => statement(Lying)`
  select device_ids as "deviceIds", sum(files)::bigint as files
  from (
    select device_ids, files from placement_count where class_id = ${classId}
    union all select device_ids, files from placement_delta where class_id = ${classId}
  ) as counted
  group by device_ids having sum(files) > 0 limit ${limit}`

const Reviewed = z.object({
  fid: Fid,
  on: z.array(DeviceId),
  coming: z.array(DeviceId),
  masked: z.array(DeviceId),
})
export type Reviewed = z.infer<typeof Reviewed>

export const filesOfClass = (classId: number, fromFid: number, limit: number) =>
  statement(Reviewed)`
  select fid,
    array(select device_id from replica where replica.fid = file.fid order by 1) as on,
    array(select device_id from job where job.fid = file.fid and kind = 'replicate' order by 1)
      as coming,
    array(select device_id from move where move.fid = file.fid order by 1) as masked
  from file where class_id = ${classId} and fid >= ${fromFid}
  order by fid limit ${limit}`

export interface FoundShort {
  fid: Fid
  reason: string
  priority: number
}

/** What a window found. Files that wait already are looked at again, at once. */
export const recordShort = (found: readonly FoundShort[]) => statement(z.object({ fid: Fid }))`
  insert into shortfall (fid, reason, priority)
  select fid, reason, priority
  from unnest(${found.map((each) => each.fid)}::bigint[],
    ${found.map((each) => each.reason)}::text[],
    ${found.map((each) => each.priority)}::smallint[]) as found (fid, reason, priority)
  join file using (fid)
  on conflict (fid) do update set try_at = now(), version = shortfall.version + 1,
    priority = least(shortfall.priority, excluded.priority)
  returning fid`

/**
 * Where the walk goes on: at a fid, with the next level, or to rest. Whoever walks for an outdated
 * digest, or from another place, moves nothing. An upload that was open when the class changed was
 * opened for the class as it was: once all of those are gone, there is another lap.
 */
export const moveReview = (
  { classId, madeFor, level, nextFid }: Review,
  to: { level: number; nextFid: number | null },
  wait: { uploadMs: number; lapMs: number },
) => statement(z.object({ classId: z.int() }))`
  update review set level = ${to.level}, next_fid = ${to.nextFid}::bigint,
    lap_at = case when changed_at + ${wait.uploadMs} * interval '1 ms' > now()
      then changed_at + ${wait.uploadMs} * interval '1 ms'
      else now() + ${wait.lapMs} * interval '1 ms' end
  where class_id = ${classId} and made_for = ${madeFor} and level = ${level}
    and next_fid = ${nextFid}
  returning class_id as "classId"`
