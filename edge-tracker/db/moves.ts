// Copies that are to leave their device: taken in windows from the cursors of drained devices, and
// what becomes of each. A crash repeats a window; a move is gone when its copy is, or is refused.
import * as z from 'zod'
import { DeviceId, Fid } from '#shared/ids.ts'
import { MAX_JOBS_PER_DEVICE } from '#shared/limits.ts'
import type { Drop } from './drops.ts'
import { statement } from './statement.ts'

/** How long a tracker has for a window before others may take it again. */
const PLANNING_MS = 60_000
/** Of the job table: after all healing and beside erasing. */
const MOVE_PRIORITY = 3

const DrainedRow = z.object({ drained: z.int() })

/**
 * A window of a drained device. Zero rows: none has work, or so many copies are leaving already.
 * A lap ends with the window that is not full; what was refused in it is tried by the next.
 */
export const drainDevice = (ask: { limit: number; maxMoves: number; lapMs: number }) =>
  statement(DrainedRow)`
  with drained as (
    select device_id, drained_fid from device
    where state = 'drain' and drain_at <= now()
      and (select count(*) from (select from move limit ${ask.maxMoves}) as m) < ${ask.maxMoves}
    order by device_id limit 1 for update skip locked
  ), held as (
    select device_id, fid from drained cross join lateral (
      select fid from replica
      where replica.device_id = drained.device_id and fid > drained_fid
      order by fid limit ${ask.limit}
    ) as next
  ), moved as (
    -- what is buried is erased without being moved
    insert into move (fid, device_id, rebalance)
    select fid, device_id, false from held join file using (fid)
    on conflict (fid, device_id) do update set rebalance = false where move.rebalance
  ), cleared as (
    delete from refusal using drained
    where refusal.device_id = drained.device_id and not rebalance and drained_fid = 0
  ), walked as (
    update device set drained_fid = case when is_full then (select max(fid) from held) else 0 end,
      drain_at = case when is_full then now() else now() + ${ask.lapMs} * interval '1 ms' end
    from drained, (select count(*) = ${ask.limit} as is_full from held) as window_found
    where device.device_id = drained.device_id
  )
  select (select count(*)::int from held) as drained from drained`

const Move = z.object({
  fid: Fid,
  deviceId: DeviceId,
  rebalance: z.boolean(),
  replacements: z.array(DeviceId),
  /** Its device is still to be emptied, its rebalance still on. */
  isWanted: z.boolean(),
  /** Null: the file is gone. */
  file: z.object({ copies: z.int(), policy: z.string(), bytes: z.number() }).nullable(),
  on: z.array(DeviceId),
  leaving: z.array(DeviceId),
  masked: z.array(DeviceId),
})
export type Move = z.infer<typeof Move>

/**
 * Moves to look at: none of a file that is being copied, for then there is nothing to decide.
 * While `maxJobs` copies are on their way, only moves that need no copy any more would be of use:
 * they wait with the others. A rebalance that is stopped has its moves wait.
 */
export const takeMoves = (limit: number, maxJobs: number) => statement(Move)`
  with due as (
    select fid, device_id from move
    where try_at <= now()
      and not (rebalance and exists (select from rebalance where state = 'stopped'))
      and not exists (
        select from job where job.fid = move.fid and kind = 'replicate')
      and exists (select from move) and (select count(*) from (
        select from job where kind = 'replicate' limit ${maxJobs}) as coming) < ${maxJobs}
    order by try_at limit ${limit} for update skip locked
  ), taken as (
    update move set try_at = now() + ${PLANNING_MS} * interval '1 ms'
    from due where move.fid = due.fid and move.device_id = due.device_id
    returning move.fid, move.device_id, rebalance, replacements
  )
  select fid, device_id as "deviceId", rebalance, replacements,
    case when rebalance then exists(select from rebalance where rebalance.state = 'running')
      else coalesce((select state = 'drain' from device
        where device.device_id = taken.device_id), false) end as "isWanted",
    (select json_build_object('copies', copies, 'policy', policy, 'bytes', bytes)
      from file join class using (class_id) where file.fid = taken.fid) as file,
    array(select device_id from replica where replica.fid = taken.fid) as on,
    array(select device_id from job where job.fid = taken.fid and kind = 'delete') as leaving,
    array(select device_id from move where move.fid = taken.fid) as masked
  from taken`

export interface Place {
  fid: Fid
  deviceId: DeviceId
}
export interface OrderedMove extends Place {
  to: DeviceId
}
export interface RefusedMove extends Place {
  rebalance: boolean
  bytes: number
  reason: string
}

/** Jobs for the copies that take the place of others, remembered with their moves. */
export const orderMoves = (ordered: readonly OrderedMove[]) => statement(z.object({ fid: Fid }))`
  with wanted as (
    select fid, device_id, to_id
    from unnest(${ordered.map((each) => each.fid)}::bigint[],
      ${ordered.map((each) => each.deviceId)}::int[], ${ordered.map((each) => each.to)}::int[]
    ) as wanted (fid, device_id, to_id)
  ), live as (
    select fid from file where fid in (select fid from wanted) for key share
  ), jobs as (
    insert into job (host_id, kind, fid, device_id, priority)
    select distinct host_id, 'replicate', fid, to_id, ${MOVE_PRIORITY}::smallint
    from wanted join live using (fid) join device on device.device_id = to_id
    on conflict (fid, device_id) do nothing
    returning fid, device_id
  )
  update move set try_at = now(), replacements = replacements || chosen.ids
  from (
    select wanted.fid, wanted.device_id, array_agg(to_id) as ids
    from wanted join jobs on jobs.fid = wanted.fid and jobs.device_id = to_id
    group by wanted.fid, wanted.device_id
  ) as chosen
  where move.fid = chosen.fid and move.device_id = chosen.device_id
  returning move.fid`

const SettledRow = z.object({ moved: z.int(), bytes: z.number() })

/**
 * What is over: copies that go now, if all that they are to leave behind is there; moves that are
 * refused, counted with the reason; and those that nobody wants any more, whose files may have a
 * copy too many by now. Others of the same file
 * are looked at `again`, now that this much is known.
 */
export const settleMoves = (
  dropped: readonly Drop[],
  refused: readonly RefusedMove[],
  pointless: readonly Place[],
  again: readonly Place[],
) => statement(SettledRow)`
  with gone as (
    select dropped_fid as fid, dropped_device_id as device_id
    from drop_copies(${dropped.map((each) => each.fid)}::bigint[],
      ${dropped.map((each) => each.deviceId)}::int[],
      ${dropped.map((each) => `{${each.keep.join(',')}}`)}::text[], ${MAX_JOBS_PER_DEVICE})
  ), no as (
    select fid, device_id, rebalance, bytes, reason
    from unnest(${refused.map((each) => each.fid)}::bigint[],
      ${refused.map((each) => each.deviceId)}::int[],
      ${refused.map((each) => each.rebalance)}::boolean[],
      ${refused.map((each) => each.bytes)}::bigint[], ${refused.map((each) => each.reason)}::text[]
    ) as no (fid, device_id, rebalance, bytes, reason)
  ), released as (
    update move set try_at = now()
    from unnest(${again.map((each) => each.fid)}::bigint[],
      ${again.map((each) => each.deviceId)}::int[]) as other (fid, device_id)
    where move.fid = other.fid and move.device_id = other.device_id
  ), called_off as (
    insert into shortfall (fid, reason, priority)
    select distinct file.fid, 'a move was called off', 3::smallint
    from unnest(${pointless.map((each) => each.fid)}::bigint[],
      ${pointless.map((each) => each.deviceId)}::int[]) as off (fid, device_id)
    join move using (fid, device_id) join file on file.fid = move.fid
    where replacements <> '{}'
    on conflict (fid) do update set try_at = now(), version = shortfall.version + 1
  ), counted as (
    insert into refusal (device_id, rebalance, reason, files, bytes)
    select device_id, rebalance, reason, count(*), sum(bytes) from no
    group by device_id, rebalance, reason order by device_id, rebalance, reason
    on conflict (device_id, rebalance, reason) do update set at = now(),
      files = refusal.files + excluded.files, bytes = refusal.bytes + excluded.bytes
  ), over as (
    delete from move
    where (fid, device_id) in (
      select fid, device_id from gone union all select fid, device_id from no
      union all select * from unnest(${pointless.map((each) => each.fid)}::bigint[],
        ${pointless.map((each) => each.deviceId)}::int[]))
    returning fid, device_id, rebalance
  ), sum as (
    select count(*) as files, coalesce(sum(bytes), 0) as bytes
    from over join gone using (fid, device_id) left join file using (fid) where rebalance
  ), told as (
    update rebalance set files_moved = files_moved + sum.files,
      bytes_moved = bytes_moved + sum.bytes
    from sum where sum.files > 0
  )
  select (select count(*)::int from gone) as moved,
    (select bytes::float8 from sum) as bytes`
