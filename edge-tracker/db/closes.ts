// The close of uploads, any number at once: one statement that links the keys, records the first
// replicas and orders the other copies. A crash before it loses nothing that was acknowledged; a
// crash after it repeats an answer.
import * as z from 'zod'
import { Checksum, ChecksumKind, DeviceId, type DomainName, Fid, type Key } from '#shared/ids.ts'
import type { Condition } from '#shared/preconditions.ts'
import { idsLiteral, tagsLiteral } from './literals.ts'
import { statement } from './statement.ts'

const ClosedUpload = z.object({
  fid: Fid,
  deviceId: DeviceId,
  replacedFid: Fid.nullable(),
  /** False: the key did not hold what was expected. The upload is given up. */
  linked: z.boolean(),
  /** Recorded now, and wanted before the close is answered. */
  copies: z.int(),
  commitAt: z.int(),
})
export type ClosedUpload = z.infer<typeof ClosedUpload>

export interface StoredUpload {
  fid: Fid
  deviceId: DeviceId
  bytes: number
  checksum: Checksum
}

export interface CloseAsk {
  /** Devices that have the same bytes. One that was not offered, or is dead, does not count. */
  alsoOn?: readonly DeviceId[]
  /** Null: an agent closes on behalf of the client whose ticket said so. */
  domain: DomainName | null
  stored: StoredUpload
  /** In place of the one that the open named. */
  key?: Key | undefined
  /** In place of what the open expected. */
  expects?: Condition
  /** Some domain has a quota: this one's is looked at. */
  isMetered?: boolean
}

/**
 * No row for an upload: it is not there, expired, of another domain, was not offered this device,
 * or promised something else than was stored (`explainUploads` tells which); or it is of the same
 * key as another of these: then it is to be closed after that one.
 * The replaced fid comes from the row that the upsert locked: read any other way, concurrent
 * closes of one key orphan it. Its burial is the trigger's. A condition is judged by the locked
 * row, too: of many who expect the same one wins, and what the others stored is erased.
 * What few closes need is behind functions: to set up its part of a plan costs each statement as
 * much as to run it (2026-11-23: 900 us for four closes, 650 so).
 */
// oxlint-disable-next-line max-lines-per-function -- one statement, whole (DESIGN: one round trip)
export const closeUploads = (asks: readonly CloseAsk[]) => statement(ClosedUpload)`
  with chosen as (
    select distinct on (upload.domain_id, coalesce(asked.key, upload.key))
      upload.fid, upload.domain_id, coalesce(asked.key, upload.key) as key,
      asked.device_id, asked.bytes, asked.checksum,
      case when also_on is null then array[asked.device_id]
        else living_holders(asked.device_id || also_on::int[], device_ids) end as held_by,
      coalesce(asked.if_match::text[], upload.if_match) as expected,
      coalesce(asked.if_none_match::text[], upload.if_none_match) as unwanted
    from unnest(${asks.map(({ stored }) => stored.fid)}::bigint[],
        ${asks.map(({ stored }) => stored.deviceId)}::int[],
        ${asks.map(({ stored }) => stored.bytes)}::bigint[],
        ${asks.map(({ stored }) => stored.checksum)}::text[],
        ${asks.map(({ alsoOn }) => idsLiteral(alsoOn))}::text[],
        ${asks.map(({ domain }) => domain)}::text[],
        ${asks.map(({ key }) => key ?? null)}::text[],
        ${asks.map(({ expects }) => tagsLiteral(expects?.ifMatch))}::text[],
        ${asks.map(({ expects }) => tagsLiteral(expects?.ifNoneMatch))}::text[]
      ) as asked (fid, device_id, bytes, checksum, also_on, domain, key, if_match, if_none_match)
    -- one by one: a plan may else think that few are open, and walk all that have not expired
    cross join lateral (select * from upload where upload.fid = asked.fid limit 1) as upload
    where expires_at > now() and asked.device_id = any(device_ids)
      and (upload.bytes is null or upload.bytes = asked.bytes)
      and (upload.checksum is null or upload.checksum = asked.checksum)
      and (asked.domain is null
        or domain_id = (select domain.domain_id from domain where name = asked.domain))
      -- a dead device's copy would be the only one, and none
      and not exists (
        select from device where device.device_id = asked.device_id and state = 'dead')
    order by upload.domain_id, coalesce(asked.key, upload.key), upload.fid
  ), closing as (
    delete from upload using chosen
    where upload.fid = chosen.fid and upload.fid <> all(case
        when ${asks.some(({ isMetered }) => isMetered === true)} then (
          select over_quota(array_agg(chosen.fid), array_agg(chosen.domain_id),
            array_agg(chosen.key), array_agg(chosen.bytes)) from chosen)
        else '{}' end)
    returning upload.fid, upload.domain_id, class_id, chosen.key, device_ids, host_ids, copies,
      commit_at, planned, content_type, metadata, device_id, held_by, chosen.bytes,
      chosen.checksum, expected, unwanted, array_position(device_ids, device_id) as used
  ), linked as (
    insert into file (domain_id, key, fid, class_id, bytes, checksum, content_type, metadata)
    select domain_id, key, fid, class_id, bytes, checksum, content_type, metadata
    -- each is locked and linked before the next is looked at: offset 0 keeps the condition, which
    -- locks, from being asked of all of them first
    from (select * from closing order by domain_id, key offset 0) as one_by_one
    where expected is null or locks_expected(domain_id, key, expected)
    on conflict (domain_id, key) do update set
      fid = excluded.fid, prev_fid = file.fid, class_id = excluded.class_id,
      bytes = excluded.bytes, checksum = excluded.checksum, content_type = excluded.content_type,
      metadata = excluded.metadata, created_at = now()
    where (array['*', file.fid::text, file.checksum]
      && (select unwanted from closing where closing.fid = excluded.fid)) is not true
    returning fid, prev_fid
  ), stored as (
    select closing.*, prev_fid, case when cardinality(held_by) = 1 then array[host_ids[used]]
      else hosts_of(held_by, device_ids, host_ids) end as held_on
    from closing join linked using (fid)
  ), first_copies as (
    insert into replica (fid, device_id) select fid, unnest(held_by) from stored
  ), counted as (
    insert into placement_delta (class_id, device_ids, files, bytes)
    select class_id, held_by, count(*), sum(bytes) from stored group by class_id, held_by
  ), noted as (
    insert into change (kind, domain_id, key, fid, prev_fid, class_id, bytes)
    select case when prev_fid is null then 'create' else 'overwrite' end,
      domain_id, key, fid, prev_fid, class_id, bytes
    from stored
  ), other_target as (
    -- the first of each other host; those after the one that was used come first, for those before
    -- it have just failed the client. One that is out of service by now is left to a sweep.
    select fid, target.device_id, target.host_id
    from stored cross join lateral (
      select device_id, host_id
      from unnest(device_ids, host_ids) with ordinality as offered (device_id, host_id, ord)
      where array_position(host_ids, host_id) = ord and host_id <> all(held_on)
      order by ord < used, ord
      limit case when planned then 0 else greatest(0, copies - cardinality(held_on)) end
    ) as target
  ), ordered as (
    insert into job (host_id, kind, fid, device_id, priority)
    select host_id, 'replicate', fid, device_id, 1 from other_target
  ), short as (
    insert into shortfall (fid, reason, priority)
    select fid, case when planned then 'its policy chooses the places'
      else 'too few hosts were offered' end, 1
    from stored
    where planned or copies - cardinality(held_on)
      > (select count(*) from other_target where other_target.fid = stored.fid)
  )
  select fid, device_id as "deviceId", prev_fid as "replacedFid",
    case when linked.fid is null then erase_unlinked(fid, device_ids) else true end as linked,
    cardinality(held_by) as copies, commit_at as "commitAt"
  from closing left join linked using (fid)`

const UploadFacts = z.object({
  fid: Fid,
  open: z.boolean(),
  offered: z.boolean(),
  /** The device was given up since it was offered. */
  dead: z.boolean(),
  /** What its class asks for; null where it is not open. */
  checksumKind: ChecksumKind.nullable(),
  promisedBytes: z.number().nullable(),
  promisedChecksum: Checksum.nullable(),
  /** The key points at this fid: it was closed before. */
  closed: z.boolean(),
  replacedFid: Fid.nullable(),
  closedBytes: z.number().nullable(),
  closedChecksum: Checksum.nullable(),
  /** Of the closed file: recorded, and wanted before a close is answered. */
  copies: z.int(),
  commitAt: z.int(),
  /** Of an open upload: its domain has no room for it. */
  overQuota: z.boolean(),
})
export type UploadFacts = z.infer<typeof UploadFacts>

interface ExplainAsk {
  domain: DomainName | null
  stored: Pick<StoredUpload, 'fid' | 'deviceId'> & { bytes?: number }
  key?: Key | undefined
}

/** Why a close found nothing to do. One row for each ask, always. */
export const explainUploads = (asks: readonly ExplainAsk[]) => statement(UploadFacts)`
  select asked.fid,
    upload.fid is not null as open,
    coalesce(asked.device_id = any(upload.device_ids), false) as offered,
    exists(select from device where device.device_id = asked.device_id and state = 'dead') as dead,
    class.checksum_kind as "checksumKind",
    upload.bytes as "promisedBytes", upload.checksum as "promisedChecksum",
    file.fid is not null as closed, file.prev_fid as "replacedFid",
    file.bytes as "closedBytes", file.checksum as "closedChecksum",
    (select count(*)::int from replica join device using (device_id)
      where replica.fid = file.fid and state <> 'dead') as copies,
    coalesce(class.commit_at, 1) as "commitAt",
    coalesce((
      select (held.fid is null and used_files + 1 > quota_files) or (
        asked.bytes > coalesce(held.bytes, 0)
        and used_bytes + asked.bytes - coalesce(held.bytes, 0) > quota_bytes)
      from domain as its cross join lateral domain_usage(its.domain_id)
      left join file as held
        on held.domain_id = its.domain_id and held.key = coalesce(asked.key, upload.key)
      where its.domain_id = upload.domain_id
        and (its.quota_files is not null or its.quota_bytes is not null)
    ), false) as "overQuota"
  from unnest(
    ${asks.map(({ stored }) => stored.fid)}::bigint[],
    ${asks.map(({ stored }) => stored.deviceId)}::int[],
    ${asks.map(({ stored }) => stored.bytes ?? null)}::bigint[],
    ${asks.map(({ domain }) => domain)}::text[],
    ${asks.map(({ key }) => key ?? null)}::text[]
  ) as asked (fid, device_id, bytes, domain, key)
  left join domain on domain.name = asked.domain
  left join upload on upload.fid = asked.fid and upload.expires_at > now()
    and (asked.domain is null or upload.domain_id = domain.domain_id)
  left join file on file.fid = asked.fid
    and (asked.domain is null or file.domain_id = domain.domain_id)
  left join class on class.class_id = coalesce(upload.class_id, file.class_id)`

const CopiesRow = z.object({ fid: Fid, copies: z.int(), isFile: z.boolean() })

/** How many copies are recorded by now, and whether a key still points at them. */
export const countCopies = (fids: readonly Fid[]) => statement(CopiesRow)`
  select asked.fid, exists(select from file where file.fid = asked.fid) as "isFile",
    (select count(*)::int from replica join device using (device_id)
      where replica.fid = asked.fid and state <> 'dead') as copies
  from unnest(${fids}::bigint[]) as asked (fid)`
