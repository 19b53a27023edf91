// An agent's whole exchange in one statement: heartbeat, gauges, reports, renewals and new leases.
// A crash before it is a sync that the agent repeats; after it, leases that run out (I5, I6).
import * as z from 'zod'
import { DeviceView } from '#shared/device-view.ts'
import { Checksum, DeviceId, Fid, HostId, JobId } from '#shared/ids.ts'
import { conditionTakesJobs } from '#shared/states.ts'
import { DeviceOrder, type SyncRequest } from '#shared/wire/agents.ts'
import { statement } from './statement.ts'

/** However many devices are busy, each may have so many jobs under way. */
const MIN_JOBS_SHARE = 20

const Leased = z.object({
  jobId: JobId,
  attempt: z.int(),
  kind: z.enum(['replicate', 'delete']),
  fid: Fid,
  deviceId: DeviceId,
  bytes: z.number().nullable(),
  checksum: Checksum.nullable(),
  sources: z.array(DeviceView),
})
export type Leased = z.infer<typeof Leased>

const Synced = z.object({
  hostId: HostId,
  keyVersion: z.int(),
  nowMs: z.number(),
  devices: z.array(DeviceOrder),
  jobs: z.array(Leased),
  settledFid: z.number(),
})
export type Synced = z.infer<typeof Synced>

/** A reason is anybody's words: what no text of Postgres holds must not fail the whole report. */
const storable = (text: string) => text.toWellFormed().replaceAll('\0', '\ufffd')

/** Zero rows: nobody has this credential. */
// oxlint-disable-next-line max-lines-per-function -- one statement, whole (DESIGN: one round trip)
export const sync = (
  credentialHash: string,
  request: SyncRequest,
  { leaseMs, scrubs }: { leaseMs: number; scrubs: boolean },
) => {
  const { devices, done, failed, renew } = request
  const outOfService = devices.flatMap(({ deviceId, condition }) =>
    conditionTakesJobs[condition] ? [] : [deviceId],
  )
  const held = renew.map((each) => each.jobId)
  const atAgent = request.want + held.length
  return statement(Synced)`
  with beat as (
    update host set seen_at = now(), url = ${request.url},
      held_key_version = ${request.keyVersion}
    where credential_hash = ${credentialHash}
    returning host_id, key_version, state
  ), gauged as (
    update device set condition = gauge.condition, reason = gauge.reason,
      bytes_total = gauge.bytes_total, bytes_free = gauge.bytes_free,
      utilization = gauge.utilization
    from beat, unnest(
      ${devices.map((each) => each.deviceId)}::int[],
      ${devices.map((each) => each.condition)}::text[],
      ${devices.map(({ reason }) => (reason === undefined ? null : storable(reason)))}::text[],
      ${devices.map((each) => each.bytesTotal)}::bigint[],
      ${devices.map((each) => each.bytesFree)}::bigint[],
      ${devices.map((each) => each.utilization)}::real[]
    ) as gauge (device_id, condition, reason, bytes_total, bytes_free, utilization)
    where device.device_id = gauge.device_id and device.host_id = beat.host_id
  ),

  -- done: locked first, so that a sweep that turns a job meanwhile is waited for and seen
  reported as (
    select job.job_id, kind, fid, device_id
    from beat
    join unnest(${done.map((each) => each.jobId)}::bigint[],
      ${done.map((each) => each.attempt)}::int[]) as report (job_id, attempt) on true
    join job on job.job_id = report.job_id and job.attempt = report.attempt
      and job.host_id = beat.host_id
    order by job.job_id for update of job
  ), live as (
    -- an overwrite or a delete comes wholly before these replicas or wholly after them
    select record_copies(array_agg(fid), array_agg(device_id)) as fid
    from reported where kind = 'replicate'
  ), finished as (
    delete from job using reported
    where job.job_id = reported.job_id
      and (reported.kind = 'delete' or reported.fid in (select fid from live))
  ), outdated as (
    -- the copy arrived after its file had gone: the same row now has it erased
    update job set kind = 'delete', priority = 3, attempt = attempt + 1, failures = 0,
      run_at = now(), leased_until = null
    from reported
    where job.job_id = reported.job_id
      and reported.kind = 'replicate' and reported.fid not in (select fid from live)
  ),

  -- failed: again later, each time later (15 s, 1 m, 5 m, 30 m, 1 h ... 24 h, as MogileFS);
  -- the sweep that looks for another place finds the hopeless by their count
  postponed as (
    update job set leased_until = null, reason = report.reason,
      failures = failures + case when report.outcome = 'hopeless' then 100 else 1 end,
      run_at = now() + (0.8 + 0.4 * random()) * interval '1 s'
        * (array[15, 60, 300, 1800, 3600, 7200, 14400, 28800, 86400])[least(failures, 8) + 1]
    from beat, unnest(
      ${failed.map((each) => each.jobId)}::bigint[], ${failed.map((each) => each.attempt)}::int[],
      ${failed.map((each) => each.outcome)}::text[],
      ${failed.map((each) => storable(each.reason))}::text[]
    ) as report (job_id, attempt, outcome, reason)
    where job.job_id = report.job_id and job.attempt = report.attempt
      and job.host_id = beat.host_id
      and leased_until is not null -- or else it has counted: its answer was lost, or it came twice
  ), renewed as (
    update job set leased_until = now() + ${leaseMs} * interval '1 ms'
    from beat, unnest(
      ${renew.map((each) => each.jobId)}::bigint[], ${renew.map((each) => each.attempt)}::int[]
    ) as held (job_id, attempt)
    where job.job_id = held.job_id and job.attempt = held.attempt and job.host_id = beat.host_id
  ),

  released as (
    -- the process that held these is gone: they need not wait for their leases to run out
    update job set leased_until = null from beat
    where ${request.started ?? false} and job.host_id = beat.host_id and leased_until > now()
  ),
  serving as materialized (
    select device_id from device
    where host_id = (select host_id from beat where state = 'alive')
      and state in ('alive', 'drain') and device_id <> all(${outOfService}::int[])
      and ( -- ordered, or it may be planned as a walk through all jobs
        select true from job
        where job.host_id = device.host_id and job.device_id = device.device_id
          and run_at <= now()
        order by priority, run_at limit 1)
  ), ready as (
    -- of each device its share of what the agent holds: a slow one leaves the others theirs, and
    -- what waits for one that is out of service stands in nobody's way
    select job_id, is_erasing
    from (
      select head.* from serving cross join lateral (
        select * from (
          select job_id, attempt, priority, run_at, is_erasing
          from job cross join lateral (
            -- no copy is made of what is buried: in the trash it would wait as long as that is kept
            select kind = 'delete' or (select true from file where file.fid = job.fid) is null
              as is_erasing) as its
          where job.host_id = (select host_id from beat) and job.device_id = serving.device_id
            and run_at <= now()
            and (coalesce(leased_until, '-infinity') <= now() or job_id = any(${held}::bigint[]))
            and job_id <> all(${[...done, ...failed].map((each) => each.jobId)}::bigint[])
            -- I4: what a replica row names is not erased, whoever ordered it.
            -- no "not exists": that is planned as a hash of all replicas, here each is looked up;
            -- no "is null": that is planned as if it were rare, and all that waits is sorted
            and (not is_erasing or not coalesce((
              select true from replica
              where replica.fid = job.fid and replica.device_id = job.device_id), false))
          order by priority, run_at, job_id limit ${atAgent}
        ) as few -- of a number that a plan can be made for
        limit greatest(${MIN_JOBS_SHARE}::int,
          ${atAgent}::int / (select count(*) from serving) + 1)
      ) as head
      order by priority, run_at, job_id
    ) as due cross join lateral (
      -- locked and seen anew: another lease, or a turn to the opposite, has another attempt
      select from job
      where job.job_id = due.job_id and job.attempt = due.attempt
        and coalesce(leased_until, '-infinity') <= now() and job.job_id <> all(${held}::bigint[])
      limit 1 for update skip locked
    ) as locked
    order by priority, run_at, job_id limit ${request.want}
  ), leased as (
    update job set attempt = attempt + 1, leased_until = now() + ${leaseMs} * interval '1 ms',
      kind = case when is_erasing then 'delete' else kind end
    from ready where job.job_id = ready.job_id
    returning job.job_id, attempt, kind, fid, device_id, priority
  )
  select beat.host_id as "hostId", key_version as "keyVersion",
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint as "nowMs",
    coalesce((
      select json_agg(json_strip_nulls(json_build_object(
        'deviceId', device_id, 'state', state, 'sweptFid', swept_fid,
        'look', (
          select true from look join fsck using (fsck_id)
          where look.device_id = device.device_id and done_at is null
            and fsck.state = 'running' and (fsck_id <> 0 or ${scrubs})
          limit 1),
        'search', (select true from lost where lost_no > searched_no limit 1))))
      from device where device.host_id = beat.host_id
    ), '[]') as devices,
    coalesce((
      select max(fid) from fid_mark
      where fid < coalesce(
        (select min(fid) from fid_mark where settled_at > now()), 'infinity'::float8)
    ), 0) as "settledFid",
    coalesce((
      select json_agg(json_build_object(
        'jobId', job_id, 'attempt', attempt, 'kind', kind, 'fid', leased.fid,
        'deviceId', leased.device_id, 'bytes', bytes, 'checksum', checksum,
        'sources', coalesce((
          select json_agg(doc)
          from replica join device_view using (device_id)
          where kind = 'replicate' and replica.fid = leased.fid
        ), '[]')) order by priority)
      from leased left join file on kind = 'replicate' and file.fid = leased.fid
    ), '[]') as jobs
  from beat`
}
