// Runs of fsck: begun, paused, ended, and what came of them. Run 0 is the scrub.
import * as z from 'zod'
import { FSCK_LOG_MAX, MAX_FSCK_EVENTS, MAX_FSCK_RUNS, SWEEP_WINDOW } from '#shared/limits.ts'
import { type FsckChange, FsckEvent, FsckRun, type NewFsck } from '#shared/wire/fsck.ts'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

const Started = z.object({
  fsckId: z.int().nullable(),
  domainFound: z.boolean(),
  classFound: z.boolean(),
  deviceFound: z.boolean(),
})

/** One row: the run, or which of the names that it was given is nobody's. */
export const startFsck = (who: Actor, ask: NewFsck) => statement(Started)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), scope as (
    select domain.domain_id, class_id, device_id,
      ${ask.domain ?? null}::text is null or domain.domain_id is not null as domain_found,
      ${ask.class ?? null}::text is null or class_id is not null as class_found,
      ${ask.deviceId ?? null}::int is null or device_id is not null as device_found
    from (select 1) as one
    left join domain on domain.name = ${ask.domain ?? null}
    left join class on class.domain_id = domain.domain_id and class.name = ${ask.class ?? null}
    left join device on device_id = ${ask.deviceId ?? null}
  ), run as (
    insert into fsck (check_kind, domain_id, class_id, prefix, device_id, bytes_per_s, files_per_s)
    select ${ask.check}, domain_id, class_id, ${ask.prefix ?? null}::text, device_id,
      ${ask.bytesPerS ?? null}::bigint, ${ask.filesPerS ?? null}::int
    from scope, actor where domain_found and class_found and device_found
    returning fsck_id, device_id
  ), begun as (
    insert into look (device_id, fsck_id, next_fid, last_fid)
    select place.device_id, fsck_id, ${ask.fromFid ?? 1}::bigint, last_value
    from run cross join fid_sequence cross join lateral (
      select 0 as device_id
      union all
      select device.device_id from device
      where ${ask.check} <> 'policy' and state <> 'dead'
        and (run.device_id is null or device.device_id = run.device_id)
    ) as place
  ), pruned as (
    delete from fsck where fsck_id in (
      select fsck_id from fsck where fsck_id <> 0 and state in ('stopped', 'done')
      order by fsck_id desc offset ${MAX_FSCK_RUNS})
  )
  select (select fsck_id from run) as "fsckId", domain_found as "domainFound",
    class_found as "classFound", device_found as "deviceFound"
  from scope`

/** Newest first, the scrub last. */
export const listFsck = (downAfterMs: number) => statement(FsckRun)`
  select fsck_id as "fsckId", check_kind as check, domain.name as domain, class.name as class,
    prefix, fsck.device_id as "deviceId", bytes_per_s as "bytesPerS", files_per_s as "filesPerS",
    fsck.state, floor(extract(epoch from started_at) * 1000)::bigint as "startedAtMs",
    floor(extract(epoch from changed_at) * 1000)::bigint as "changedAtMs", counts,
    coalesce((
      select json_agg(json_build_object(
        'deviceId', nullif(look.device_id, 0), 'host', host.name,
        'share', case when done_at is not null then 1
          else least((next_fid - 1)::float8 / greatest(look.last_fid, 1), 1) end,
        'checkedFid', case when done_at is not null then look.last_fid
          else least(next_fid - 1, look.last_fid) end, 'lastFid', look.last_fid,
        'files', files, 'bytes', bytes,
        'startedAtMs', floor(extract(epoch from greatest(lap_at, started_at)) * 1000),
        'doneAtMs', floor(extract(epoch from done_at) * 1000),
        'waits', case
          when done_at is not null or look.device_id = 0 then null
          when device.state in ('dead', 'down') then 'the device is marked ' || device.state
          when host.state in ('dead', 'down') then 'the host is marked ' || host.state
          when condition = 'fenced' then coalesce(device.reason, 'the device is fenced')
          when seen_at is null then 'the host was never heard'
          when seen_at < now() - ${downAfterMs} * interval '1 ms' then 'the host is silent' end
        ) order by look.device_id)
      from look left join device using (device_id) left join host using (host_id)
      where look.fsck_id = fsck.fsck_id
    ), '[]') as devices
  from fsck left join domain using (domain_id) left join class using (class_id)
  order by fsck_id = 0, fsck_id desc`

const Changed = z.object({ changed: z.boolean() })

/** Zero rows: no such run. Not changed: it is over, or it is the scrub, which is never stopped. */
export const changeFsck = (who: Actor, fsckId: number, { state }: FsckChange) =>
  statement(Changed)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), found as (
    select fsck_id, state from fsck where fsck_id = ${fsckId} for update
  ), changed as (
    update fsck set state = ${state}, changed_at = now()
    from found, actor
    where fsck.fsck_id = found.fsck_id and found.state in ('running', 'paused')
      and not (fsck.fsck_id = 0 and ${state} = 'stopped')
    returning fsck.fsck_id
  )
  select exists(select from changed) as changed from found`

const LostRow = z.object({ searching: z.int(), gone: z.int(), lastEventId: z.int() })
const LOST_COUNT_LIMIT = 10_000

/** Each count stops at 10,000. And the newest event. */
export const countLost = () => statement(LostRow)`
  select (select count(*)::int from (
      select from lost where gone_at is null limit ${LOST_COUNT_LIMIT}) as s) as searching,
    (select count(*)::int from (
      select from lost where gone_at is not null limit ${LOST_COUNT_LIMIT}) as g) as gone,
    (select coalesce(max(event_id), 0) from fsck_event) as "lastEventId"`

const EventRow = FsckEvent.omit({ says: true })

export const readFsckLog = (ask: { after: number; limit: number; fsckId?: number | undefined }) =>
  statement(EventRow)`
  select event_id as "eventId", floor(extract(epoch from at) * 1000)::bigint as "atMs",
    fsck_id as "fsckId", code, told.fid, device_id as "deviceId", detail,
    domain.name as domain, key
  from (
    select * from fsck_event
    where event_id > ${ask.after}
      and (${ask.fsckId ?? null}::int is null or fsck_id = ${ask.fsckId ?? null})
    order by event_id limit ${Math.min(ask.limit, FSCK_LOG_MAX)}
  ) as told left join file using (fid) left join domain using (domain_id)
  order by event_id`

const Turned = z.object({ ended: z.int(), gone: z.int(), laps: z.int() })

/**
 * What becomes of runs, laps, searches and the log as time goes by. A run is done when no device
 * has anything left; a file is gone when every device that may come back was searched in vain.
 */
export const turnFsck = (scrubEveryMs: number | undefined) => statement(Turned)`
  with ended as (
    update fsck set state = 'done', changed_at = now()
    where state = 'running' and fsck_id <> 0 and not exists (
      select from look left join device using (device_id)
      where look.fsck_id = fsck.fsck_id and done_at is null
        and (look.device_id = 0 or state <> 'dead'))
    returning fsck_id
  ), laps as (
    update look set next_fid = 1, last_fid = (select last_value from fid_sequence), files = 0,
      bytes = 0, lap_at = now(), done_at = null
    where fsck_id = 0 and done_at is not null
      and lap_at + ${scrubEveryMs ?? null}::float8 * interval '1 ms' <= now()
    returning device_id
  ), gone as (
    update lost set gone_at = now()
    where fid in (
      select fid from lost
      where gone_at is null
        and lost_no <= (select min(searched_no) from device where state <> 'dead')
      order by lost_no limit ${SWEEP_WINDOW} for update skip locked)
    returning fsck_id, fid
  ), told as (
    select tell_fsck(fsck_id, jsonb_agg(jsonb_build_object('fid', fid, 'code', 'GONE')))
    from gone group by fsck_id
  ), pruned as (
    delete from fsck_event
    where event_id <= (select max(event_id) from fsck_event) - ${MAX_FSCK_EVENTS}
  )
  select (select count(*)::int from ended) as ended, (select count(*)::int from laps) as laps,
    (select count(*)::int from gone) + 0 * (select count(*)::int from told) as gone`
