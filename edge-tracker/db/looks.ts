// What an agent should find on a device, and what it found. What becomes of a finding is in the
// functions take_findings and take_found (migration 0040): they must see what the lock of a file's
// row made them wait for, and a statement's own parts would not.
import * as z from 'zod'
import { DeviceId } from '#shared/ids.ts'
import {
  COPIES_PER_DIGEST,
  MAX_DIGESTED_COPIES,
  MAX_JOBS_PER_DEVICE,
  MAX_LOST_PER_SEARCH,
  MAX_WINDOW_COPIES,
  MAX_WINDOW_SCAN,
} from '#shared/limits.ts'
import type { ScrubPace } from '#shared/settings.ts'
import {
  DigestedRanges,
  type FindingsRequest,
  FindingsResponse,
  LookWindow,
  SearchResponse,
  type WindowRequest,
} from '#shared/wire/looks.ts'
import { statement } from './statement.ts'

const WindowRow = LookWindow.extend({ ranges: DigestedRanges.nullable() })

/**
 * The next stretch of the oldest run that has something left on this device, or of the scrub.
 * A narrow scope walks many rows to find few: the stretch ends where either has its fill.
 * Zero rows: not this host's device, or nothing to look at.
 */
// oxlint-disable-next-line max-lines-per-function -- one statement, whole (DESIGN: one round trip)
export const nextWindow = (
  credentialHash: string,
  { deviceId, digests = false, toFid }: WindowRequest,
  scrub: ScrubPace | undefined,
) => statement(WindowRow)`
  with asked as (
    select look.device_id, look.fsck_id, check_kind, next_fid,
      case when next_fid <= ${toFid ?? null}::bigint then least(last_fid, ${toFid ?? null}::bigint)
        else last_fid end as last_fid,
      domain_id, class_id, prefix, domain_id is null as is_whole,
      ${digests} and check_kind = 'sizes' and domain_id is null as is_digested,
      case when look.fsck_id = 0 then ${scrub?.bytesPerS ?? null}::bigint
        else bytes_per_s end as bytes_per_s,
      case when look.fsck_id = 0 then ${scrub?.filesPerS ?? null}::int
        else files_per_s end as files_per_s
    from host join device using (host_id) join look using (device_id) join fsck using (fsck_id)
    where credential_hash = ${credentialHash} and look.device_id = ${deviceId}
      and done_at is null and fsck.state = 'running'
      and (look.fsck_id <> 0 or ${scrub !== undefined})
      -- what is found makes jobs: not while the device has its fill of them
      and (select count(*) from (
        select from job where job.host_id = host.host_id and job.device_id = look.device_id
        limit ${MAX_JOBS_PER_DEVICE}) as waiting) < ${MAX_JOBS_PER_DEVICE}::int
    order by look.fsck_id = 0, look.fsck_id limit 1
  ), turn as (
    select *, case when is_digested then ${MAX_DIGESTED_COPIES}::int
        when is_whole then ${MAX_WINDOW_COPIES}::int else ${MAX_WINDOW_SCAN}::int end as fill,
      case when is_digested then ${MAX_DIGESTED_COPIES}::int
        else ${MAX_WINDOW_COPIES}::int end as most
    from asked
  ), scanned as (
    select held.fid, version
    from turn cross join lateral (
      select fid, xmin::text::bigint as version from replica
      where replica.device_id = turn.device_id and fid between next_fid and last_fid
      order by fid limit fill
    ) as held
  ), matched as (
    select scanned.fid, bytes, checksum, version, case
      when checksum = 'none' then (
        select nullif(checksum_kind, 'none') from class where class.class_id = its.class_id)
      when sum_from <> turn.device_id then split_part(checksum, ':', 1) end as learn
    -- lateral: one by one by the index; a join would be planned as a hash of all files
    from turn cross join scanned cross join lateral (
      select bytes, checksum, class_id, sum_from from file
      where file.fid = scanned.fid and (is_whole or (file.domain_id = turn.domain_id
        and (turn.class_id is null or file.class_id = turn.class_id)
        and (prefix is null or starts_with(key, prefix))))
      limit 1
    ) as its
    order by scanned.fid limit (select most from turn)
  ), digested as (
    select max(fid) as to_fid, count(*)::int as files, encode(sha256(convert_to(
      string_agg(fid || ' ' || bytes, chr(10) order by fid), 'UTF8')), 'hex') as digest
    from (
      select fid, bytes, (row_number() over (order by fid) - 1) / ${COPIES_PER_DIGEST}::int as nr
      from matched
    ) as numbered group by nr
  )
  select fsck_id as "fsckId", check_kind as check, next_fid as "fromFid",
    case
      when (select count(*) from matched) = most then (select max(fid) from matched)
      when (select count(*) from scanned) = fill then (select max(fid) from scanned)
      else last_fid end as "toFid",
    coalesce((
      select json_agg(json_build_object(
        'fid', fid, 'bytes', bytes, 'checksum', checksum, 'version', version, 'learn', learn)
        order by fid)
      from matched where not is_digested
    ), '[]') as copies,
    case when is_digested then coalesce((
      select json_agg(json_build_object('toFid', to_fid, 'files', files, 'digest', digest)
        order by to_fid) from digested), '[]') end as ranges,
    is_whole as "isWhole",
    coalesce((
      select max(fid) from fid_mark
      where fid < coalesce(
        (select min(fid) from fid_mark where settled_at > now()), 'infinity'::float8)
    ), 0) as "settledFid",
    bytes_per_s as "bytesPerS", files_per_s as "filesPerS"
  from turn`

/**
 * Checksums that were not known for certain, before the findings of the same stretch: told twice,
 * they say the same. Another host's device has none of these copies.
 */
export const takeSums = (credentialHash: string, report: FindingsRequest) =>
  statement(z.object({ deviceId: DeviceId }))`
  with taken as (
    select device_id, take_sums(${report.fsckId}, device_id,
      ${JSON.stringify(report.sums ?? [])}::jsonb)
    from host join device using (host_id)
    where credential_hash = ${credentialHash} and device_id = ${report.deviceId}
  )
  select device_id as "deviceId" from taken`

/** Zero rows: not this host's device, reported before, or the run is not running. */
export const takeFindings = (credentialHash: string, report: FindingsRequest) =>
  statement(FindingsResponse)`
  with taken as (
    select kept_fid from host join device using (host_id) cross join lateral take_findings(
      ${report.fsckId}, device_id, ${report.fromFid}, ${report.toFid},
      ${report.files}, ${report.bytes}, ${JSON.stringify(report.findings)}::jsonb)
    where credential_hash = ${credentialHash} and device_id = ${report.deviceId}
  )
  select coalesce(json_agg(kept_fid) filter (where kept_fid > 0), '[]') as kept
  from taken having count(*) > 0`

/** Lost files that this device was not searched for. Zero rows: not this host's device. */
export const nextSearch = (credentialHash: string, deviceId: DeviceId) =>
  statement(SearchResponse)`
  with asked as (
    select searched_no from host join device using (host_id)
    where credential_hash = ${credentialHash} and device_id = ${deviceId}
  ), wanted as (
    select lost_no, fid from lost where lost_no > (select searched_no from asked)
    order by lost_no limit ${MAX_LOST_PER_SEARCH}
  )
  select searched_no as "fromNo",
    coalesce((select max(lost_no) from wanted), searched_no) as "toNo",
    coalesce((
      select json_agg(json_build_object('fid', fid, 'bytes', bytes, 'checksum', checksum))
      from wanted join file using (fid)
    ), '[]') as files
  from asked`

const Found = z.object({ found: z.int() })

/** Zero rows: not this host's device, or it was searched up to there already. */
export const takeFound = (
  credentialHash: string,
  search: { deviceId: DeviceId; fromNo: number; toNo: number; found: readonly number[] },
) => statement(Found)`
  with taken as (
    select found_fid from host join device using (host_id) cross join lateral take_found(
      device_id, ${search.fromNo}, ${search.toNo}, ${search.found}::bigint[])
    where credential_hash = ${credentialHash} and device_id = ${search.deviceId}
  )
  select (count(*) filter (where found_fid > 0))::int as found
  from taken having count(*) > 0`
