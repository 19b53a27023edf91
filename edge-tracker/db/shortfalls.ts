// Files short of their policy: taken in windows, planned into replicate jobs, or put off with the
// reason. Whatever made a file short is only a reason to look at it again; the policy decides.
import * as z from 'zod'
import { DeviceId, Fid } from '#shared/ids.ts'
import { statement } from './statement.ts'

const PlannedRow = z.object({ planned: z.int() })
const RehomedRow = z.object({ rehomed: z.int() })
const ReapedRow = z.object({ deviceId: DeviceId, reaped: z.int(), forgotten: z.int() })

/** How long a tracker has for a window before others may take it again. */
const PLANNING_MS = 60_000

const Shortfall = z.object({
  fid: Fid,
  version: z.int(),
  /** Null: the file is gone, and there is nothing to plan. */
  file: z.object({ copies: z.int(), policy: z.string(), bytes: z.number() }).nullable(),
  /** Where replicas are, where copies are on their way to, and where bytes are to be erased. */
  on: z.array(DeviceId),
  coming: z.array(DeviceId),
  leaving: z.array(DeviceId),
  /** Copies that are to leave their device. */
  masked: z.array(DeviceId),
})
export type Shortfall = z.infer<typeof Shortfall>

/** Nothing while `maxJobs` copies are on their way: work waits here, not in the queue. */
export const takeShortfalls = (limit: number, maxJobs: number) => statement(Shortfall)`
  with due as (
    -- one range of the index for each urgency: those that wait stand between the due ones
    select fid from generate_series(0, 3) as level cross join lateral (
      select fid from shortfall where priority = level and try_at <= now()
      order by try_at limit ${limit} for update skip locked
    ) as urgent
    where exists (select from shortfall) and (select count(*) from (
      select from job where kind = 'replicate' limit ${maxJobs}) as coming) < ${maxJobs}
    order by level limit ${limit}
  ), taken as (
    update shortfall set version = version + 1, try_at = now() + ${PLANNING_MS} * interval '1 ms'
    from due where shortfall.fid = due.fid
    returning shortfall.fid, version
  )
  select fid, version,
    (select json_build_object('copies', copies, 'policy', policy, 'bytes', bytes)
      from file join class using (class_id) where file.fid = taken.fid) as file,
    array(select device_id from replica where replica.fid = taken.fid) as on,
    array(select device_id from job where job.fid = taken.fid and kind = 'replicate') as coming,
    array(select device_id from job where job.fid = taken.fid and kind = 'delete') as leaving,
    array(select device_id from move where move.fid = taken.fid) as masked
  from taken`

const Promised = z.object({ deviceId: DeviceId, bytes: z.number() })

/** What is on its way to each device, in bytes: room that is free by the gauges alone. */
export const bytesComing = () => statement(Promised)`
  select device_id as "deviceId", sum(bytes)::float8 as bytes
  from job join file using (fid) where kind = 'replicate' group by device_id`

export interface PlannedCopy {
  fid: Fid
  deviceId: DeviceId
  priority: number
}
export interface Settled {
  fid: Fid
  version: number
}
export interface PutOff extends Settled {
  reason: string
}

/**
 * Writes a window's verdicts: jobs for the planned copies of files that are still live, and the
 * shortfalls settled or put off. A place whose erasing is ordered is turned back, fenced anew.
 */
export const recordPlan = (
  planned: readonly PlannedCopy[],
  settled: readonly Settled[],
  putOff: readonly PutOff[],
) => statement(PlannedRow)`
  with live as (
    -- key share: not between an overwrite's burial and the sweep that works it off
    select fid from file where fid = any(${planned.map((each) => each.fid)}::bigint[])
    for key share
  ), ordered as (
    insert into job (host_id, kind, fid, device_id, priority)
    select host_id, 'replicate', fid, device_id, priority
    from unnest(${planned.map((each) => each.fid)}::bigint[],
      ${planned.map((each) => each.deviceId)}::int[],
      ${planned.map((each) => each.priority)}::smallint[]) as copy (fid, device_id, priority)
    join live using (fid) join device using (device_id)
    on conflict (fid, device_id) do update set
      kind = 'replicate', priority = excluded.priority, attempt = job.attempt + 1, failures = 0,
      run_at = now(), leased_until = null
    where job.kind = 'delete'
    returning 1
  ), closed as (
    delete from shortfall
    using unnest(${settled.map((each) => each.fid)}::bigint[],
      ${settled.map((each) => each.version)}::int[]) as verdict (fid, version)
    where shortfall.fid = verdict.fid and shortfall.version = verdict.version
  ), postponed as (
    update shortfall set reason = verdict.reason, failures = least(failures + 1, 100),
      try_at = now() + (0.8 + 0.4 * random()) * interval '1 s'
        * (array[15, 60, 300, 1800, 3600, 7200, 14400, 28800, 86400])[least(failures, 8) + 1]
    from unnest(${putOff.map((each) => each.fid)}::bigint[],
      ${putOff.map((each) => each.version)}::int[],
      ${putOff.map((each) => each.reason)}::text[]) as verdict (fid, version, reason)
    where shortfall.fid = verdict.fid and shortfall.version = verdict.version
  )
  select count(*)::int as planned from ordered`

/**
 * Copies that will not arrive where they were sent: the host is silent or gone from service, or it
 * failed too often. The place is left to be erased; the file is short again.
 */
export const rehomeJobs = (ask: { silentMs: number; failures: number; limit: number }) =>
  statement(RehomedRow)`
  with out_of_service as (
    select host_id, device_id from device join host using (host_id)
    where device.state <> 'alive' or host.state <> 'alive'
      or condition in ('readonly', 'fenced')
      or coalesce(seen_at, '-infinity') < now() - ${ask.silentMs} * interval '1 ms'
  ), stuck as (
    -- by host, or by failures: to look at every job is the work of many stores, each second
    select job_id from job
    where job_id = any(array(
        select job_id from out_of_service cross join lateral (
          select job_id from job
          where job.host_id = out_of_service.host_id
            and job.device_id = out_of_service.device_id and kind = 'replicate'
          limit ${ask.limit}) as waiting
        union all
        select job_id from job
        where kind = 'replicate' and failures > 0 and failures >= ${ask.failures}))
    limit ${ask.limit} for update skip locked
  ), turned as (
    update job set kind = 'delete', priority = 3, attempt = attempt + 1, failures = 0,
      run_at = now(), leased_until = null
    from stuck where job.job_id = stuck.job_id and kind = 'replicate'
    returning fid, reason
  ), short as (
    insert into shortfall (fid, reason)
    select distinct on (fid) fid, coalesce(reason, 'its destination is out of service')
    from turned join file using (fid)
    on conflict (fid) do update set try_at = now(), version = shortfall.version + 1
  ), pointless as (
    -- ordered in a race with the copy's arrival: what a replica names is not erased (I4)
    delete from job using replica
    where job_id = any(array(
        -- erasings are the last in a device's queue; one that is not leased stays where it is
        select job_id from device cross join lateral (
          select job_id from job
          where job.host_id = device.host_id and job.device_id = device.device_id
            and priority = 3 and kind = 'delete'
          order by run_at desc
          limit ${ask.limit} / (select count(*) from device) + 1) as erasing))
      and replica.fid = job.fid and replica.device_id = job.device_id
  )
  select count(*)::int as rehomed from turned`

/**
 * A window of a dead device: files are short before their copy is forgotten, and a replica row
 * that is the last one stays, for it says where the bytes were (I3): such a file is searched for on
 * all disks. Replicas that a straggler recorded behind the cursor are met by the next lap. Zero
 * rows: no dead device has work.
 */
export const reapDevice = (ask: { limit: number; maxBacklog: number; lapMs: number }) =>
  statement(ReapedRow)`
  with dead as (
    select device_id, host_id, reaped_fid from device
    where state = 'dead' and reap_at <= now()
      and due_shortfalls(${ask.maxBacklog}) < ${ask.maxBacklog}
    order by device_id limit 1 for update skip locked
  ), doomed as (
    select fid, device_id,
      (select count(*) from replica as other join device using (device_id)
        where other.fid = held.fid and state <> 'dead') as live_copies
    -- lateral: a join would walk all replicas, also while no device is dead
    from dead cross join lateral (
      select fid from replica
      where replica.device_id = dead.device_id and fid > reaped_fid
      order by fid limit ${ask.limit}
    ) as held
  ), lost_job as (
    delete from job
    -- an array is made once; "in" may be planned as a search for each job
    where job_id = any(array(
      select job_id from job join dead using (host_id, device_id) limit ${ask.limit}))
    returning fid, kind
  ), short as (
    insert into shortfall (fid, reason, priority)
    select fid, 'a copy was on a dead device', min(priority)
    from (
      select fid, case when live_copies <= 1 then 0 else 2 end as priority from doomed
      union all select fid, 2 from lost_job where kind = 'replicate'
    ) as affected join file using (fid)
    group by fid
    on conflict (fid) do update set
      try_at = now(), version = shortfall.version + 1,
      priority = least(shortfall.priority, excluded.priority)
  ), searched as (
    -- a writer whose first answer was lost has left the bytes on another disk as well
    insert into lost (fid, fsck_id, device_id)
    select fid, 0, device_id from doomed join file using (fid) where live_copies = 0
    on conflict (fid) do nothing
    returning fid, device_id
  ), told as (
    select tell_fsck(0, jsonb_agg(
      jsonb_build_object('fid', fid, 'deviceId', device_id, 'code', 'SRCH') order by fid))
    from searched having count(*) > 0
  ), forgotten as (
    select from forget_copies((select array_agg(fid) from doomed),
      (select array_agg(device_id) from doomed))
  ), moved as (
    -- the lap ends with the window that finds nothing
    update device set
      reaped_fid = case when exists(select from doomed) then (select max(fid) from doomed)
        when exists(select from lost_job) then dead.reaped_fid else 0 end,
      reap_at = case when exists(select from doomed) or exists(select from lost_job) then now()
        else now() + ${ask.lapMs} * interval '1 ms' end
    from dead where device.device_id = dead.device_id
  )
  select device_id as "deviceId", greatest(
    (select count(*)::int from doomed), (select count(*)::int from lost_job)) as reaped,
    (select count(*)::int from forgotten) + 0 * (select count(*)::int from told) as forgotten
  from dead`
