// Whether files lie as their classes ask: read window by window in the order of their fids, judged
// by placement, and what was found is written down. No disk is asked.
import * as z from 'zod'
import { DeviceId, Fid } from '#shared/ids.ts'
import { MAX_WINDOW_SCAN, SWEEP_WINDOW } from '#shared/limits.ts'
import { statement } from './statement.ts'

const PolicyWindow = z.object({
  fsckId: z.int(),
  fromFid: z.int(),
  toFid: z.int(),
  files: z.array(
    z.object({ fid: Fid, copies: z.int(), policy: z.string(), on: z.array(DeviceId) }),
  ),
})
export type PolicyWindow = z.infer<typeof PolicyWindow>

/** The next files of the oldest run that has some left. Zero rows: none has. */
export const nextPolicies = () => statement(PolicyWindow)`
  with turn as (
    select fsck_id, next_fid, look.last_fid, domain_id, class_id, prefix, fsck.device_id,
      domain_id is null and fsck.device_id is null as is_whole
    from look join fsck using (fsck_id)
    where look.device_id = 0 and done_at is null and state = 'running'
    order by fsck_id limit 1
  ), scanned as (
    select held.* from turn cross join lateral (
      select fid, file.domain_id, file.class_id, key from file
      where fid between next_fid and last_fid order by fid
      limit case when is_whole then ${SWEEP_WINDOW}::int else ${MAX_WINDOW_SCAN}::int end
    ) as held
  ), matched as (
    select fid, scanned.class_id
    from scanned cross join turn
    where (turn.domain_id is null or scanned.domain_id = turn.domain_id)
      and (turn.class_id is null or scanned.class_id = turn.class_id)
      and (prefix is null or starts_with(key, prefix))
      and (turn.device_id is null or (select true from replica
        where replica.fid = scanned.fid and replica.device_id = turn.device_id))
    order by fid limit ${SWEEP_WINDOW}
  )
  select fsck_id as "fsckId", next_fid as "fromFid",
    case
      when (select count(*) from matched) = ${SWEEP_WINDOW}::int
        then (select max(fid) from matched)
      when (select count(*) from scanned)
        = case when is_whole then ${SWEEP_WINDOW}::int else ${MAX_WINDOW_SCAN}::int end
        then (select max(fid) from scanned)
      else last_fid end as "toFid",
    coalesce((
      select json_agg(json_build_object('fid', fid, 'copies', copies, 'policy', policy,
        'on', array(select device_id from replica where replica.fid = matched.fid)) order by fid)
      from matched join class using (class_id)
    ), '[]') as files
  from turn`

export interface PolicyFinding {
  fid: Fid
  code: 'NOPA' | 'POVI'
  detail: string
}

const Recorded = z.object({ replanned: z.int() })

/**
 * The cursor moves with what was found below it; of two trackers with one window the second writes
 * nothing. A file that lies wrongly is planned anew, unless that is under way; one of which no copy
 * is left is searched for. Zero rows: somebody else was first, or the run was paused.
 */
export const recordPolicies = (window: PolicyWindow, findings: readonly PolicyFinding[]) =>
  statement(Recorded)`
  with moved as (
    update look set next_fid = ${window.toFid}::bigint + 1, files = files + ${window.files.length},
      done_at = case when ${window.toFid}::bigint >= last_fid then now() end
    where fsck_id = ${window.fsckId} and device_id = 0 and next_fid = ${window.fromFid}
      and done_at is null
      and exists (select from fsck where fsck_id = ${window.fsckId} and state = 'running')
    returning fsck_id
  ), found as (
    select fid, code, detail
    from moved cross join unnest(${findings.map(({ fid }) => fid)}::bigint[],
      ${findings.map(({ code }) => code)}::text[],
      ${findings.map(({ detail }) => detail)}::text[]) as finding (fid, code, detail)
    join file using (fid)
  ), replanned as (
    insert into shortfall (fid, reason, priority)
    select fid, detail, 2 from found
    where code = 'POVI' and not exists (
      select from job where job.fid = found.fid and kind = 'replicate')
    -- one that waits is woken; one that is due already is looked at anyway
    on conflict (fid) do update set try_at = now(), version = shortfall.version + 1
    where shortfall.try_at > now()
    returning fid
  ), searched as (
    insert into lost (fid, fsck_id)
    select fid, ${window.fsckId} from found where code = 'NOPA'
    on conflict (fid) do nothing
    returning fid
  ), told as (
    select tell_fsck(${window.fsckId}, jsonb_agg(event))
    from (
      select jsonb_build_object('fid', fid, 'code', code, 'detail', detail) from found
      union all select jsonb_build_object('fid', fid, 'code', 'REPL') from replanned
      union all select jsonb_build_object('fid', fid, 'code', 'SRCH') from searched
    ) as events (event) having count(*) > 0
  )
  select (select count(*)::int from replanned) + 0 * (select count(*)::int from told)
    as replanned
  from moved`
