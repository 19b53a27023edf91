// Uploads: opened here, and closed in one statement that links the keys, records the first
// replicas and orders the other copies; any number of uploads at once. A crash before it loses
// nothing that was acknowledged; a crash after it repeats an answer.
import * as z from 'zod'
import { Checksum, DeviceId, type DomainName, Fid, type HostId } from '#shared/ids.ts'
import { OFFERED_TARGETS } from '#shared/limits.ts'
import type { OpenRequest } from '#shared/wire/uploads.ts'
import { statement } from './statement.ts'

const FidRow = z.object({ fid: Fid })

const OpenedUpload = z.object({
  nr: z.int(),
  fid: Fid,
  expiresAtMs: z.number(),
  deviceIds: z.array(z.int()),
})
export type OpenedUpload = z.infer<typeof OpenedUpload>

export interface Offer {
  deviceId: DeviceId
  hostId: HostId
}

export interface OpenAsk {
  domain: DomainName
  request: OpenRequest
  /** The best device first. */
  ranked: readonly Offer[]
  /** By the policy, where that says another number than the class. */
  copies?: number | undefined
  uploadMs: number
}

/** No row for an ask (they are numbered from 0): its domain or its class does not exist. */
export const openUploads = (asks: readonly OpenAsk[]) => statement(OpenedUpload)`
  with asked as materialized (
    select nr, nextval('fid_sequence') as fid, domain_id, class_id, wanted as copies,
      policy not like 'MultipleHosts(%' as planned, key, bytes, checksum, content_type, metadata,
      now() + upload_ms * interval '1 ms' as expires_at,
      device_ids[1:greatest(${OFFERED_TARGETS}, wanted)] as device_ids,
      host_ids[1:greatest(${OFFERED_TARGETS}, wanted)] as host_ids
    from json_to_recordset(${JSON.stringify(asks.map(rowOf))}::json) as asked (
      nr int, domain text, class text, key text, bytes bigint, checksum text, content_type text,
      metadata jsonb, device_ids int[], host_ids int[], upload_ms float8, copies smallint)
    join domain on domain.name = asked.domain
    join class using (domain_id)
    cross join lateral (select coalesce(asked.copies, class.copies) as wanted) as by_policy
    where class.name = asked.class
  ), opened as (
    insert into upload (fid, domain_id, class_id, copies, planned, key, device_ids, host_ids,
      bytes, checksum, content_type, metadata, expires_at)
    select fid, domain_id, class_id, copies, planned, key, device_ids, host_ids, bytes, checksum,
      content_type, metadata, expires_at
    from asked
  )
  select nr, fid, floor(extract(epoch from expires_at) * 1000)::bigint as "expiresAtMs",
    device_ids as "deviceIds"
  from asked`

const rowOf = ({ domain, request, ranked, copies, uploadMs }: OpenAsk, nr: number) => ({
  nr,
  domain,
  copies,
  class: request.class ?? 'default',
  key: request.key,
  bytes: request.bytes,
  checksum: request.checksum,
  content_type: request.contentType,
  metadata: request.metadata ?? {},
  device_ids: ranked.map(({ deviceId }) => deviceId),
  host_ids: ranked.map(({ hostId }) => hostId),
  upload_ms: uploadMs,
})

const ClosedUpload = z.object({ fid: Fid, deviceId: DeviceId, replacedFid: Fid.nullable() })
export type ClosedUpload = z.infer<typeof ClosedUpload>

export interface StoredUpload {
  fid: Fid
  deviceId: DeviceId
  bytes: number
  checksum: Checksum
}

export interface CloseAsk {
  /** Null: an agent closes on behalf of the client whose ticket said so. */
  domain: DomainName | null
  stored: StoredUpload
}

/**
 * No row for an upload: it is not there, expired, of another domain, was not offered this device,
 * or promised something else than was stored (`explainUpload` tells which); or it is of the same
 * key as another of these: then it is to be closed after that one.
 * The replaced fid comes from the row that the upsert locked: read any other way, concurrent
 * closes of one key orphan it. Its burial is the trigger's.
 */
// oxlint-disable-next-line max-lines-per-function -- one statement, whole (DESIGN: one round trip)
export const closeUploads = (asks: readonly CloseAsk[]) => statement(ClosedUpload)`
  with chosen as (
    select distinct on (upload.domain_id, upload.key)
      upload.fid, asked.device_id, asked.bytes, asked.checksum
    from unnest(${asks.map(({ stored }) => stored.fid)}::bigint[],
        ${asks.map(({ stored }) => stored.deviceId)}::int[],
        ${asks.map(({ stored }) => stored.bytes)}::bigint[],
        ${asks.map(({ stored }) => stored.checksum)}::text[],
        ${asks.map(({ domain }) => domain)}::text[]
      ) as asked (fid, device_id, bytes, checksum, domain)
    join upload using (fid)
    where expires_at > now() and asked.device_id = any(device_ids)
      and (upload.bytes is null or upload.bytes = asked.bytes)
      and (upload.checksum is null or upload.checksum = asked.checksum)
      and (asked.domain is null
        or domain_id = (select domain.domain_id from domain where name = asked.domain))
      -- a dead device's copy would be the only one, and none
      and not exists (
        select from device where device.device_id = asked.device_id and state = 'dead')
    order by upload.domain_id, upload.key, upload.fid
  ), closing as (
    delete from upload using chosen where upload.fid = chosen.fid
    returning upload.fid, domain_id, class_id, key, device_ids, host_ids, copies, planned,
      content_type, metadata, device_id, chosen.bytes, chosen.checksum,
      array_position(device_ids, device_id) as used
  ), linked as (
    insert into file (domain_id, key, fid, class_id, bytes, checksum, content_type, metadata)
    select domain_id, key, fid, class_id, bytes, checksum, content_type, metadata
    from closing order by domain_id, key
    on conflict (domain_id, key) do update set
      fid = excluded.fid, prev_fid = file.fid, class_id = excluded.class_id,
      bytes = excluded.bytes, checksum = excluded.checksum, content_type = excluded.content_type,
      metadata = excluded.metadata, created_at = now()
    returning domain_id, key, fid, prev_fid, class_id, bytes
  ), first_copy as (
    insert into replica (fid, device_id) select fid, device_id from closing
  ), counted as (
    insert into placement_delta (class_id, device_ids, files, bytes)
    select class_id, array[device_id], count(*), sum(bytes)
    from closing group by class_id, device_id
  ), noted as (
    insert into change (kind, domain_id, key, fid, prev_fid, class_id, bytes)
    select case when prev_fid is null then 'create' else 'overwrite' end,
      domain_id, key, fid, prev_fid, class_id, bytes
    from linked
  ), other_target as (
    -- the first of each other host; those after the one that was used come first, for those before
    -- it have just failed the client. One that is out of service by now is left to a sweep.
    select fid, target.device_id, target.host_id
    from closing cross join lateral (
      select device_id, host_id
      from unnest(device_ids, host_ids) with ordinality as offered (device_id, host_id, ord)
      where array_position(host_ids, host_id) = ord and host_id <> host_ids[used]
      order by ord < used, ord limit case when planned then 0 else closing.copies - 1 end
    ) as target
  ), ordered as (
    insert into job (host_id, kind, fid, device_id, priority)
    select host_id, 'replicate', fid, device_id, 1 from other_target
  ), short as (
    insert into shortfall (fid, reason, priority)
    select fid, case when planned then 'its policy chooses the places'
      else 'too few hosts were offered' end, 1
    from closing
    where planned
      or copies - 1 > (select count(*) from other_target where other_target.fid = closing.fid)
  )
  select fid, device_id as "deviceId", prev_fid as "replacedFid"
  from linked join closing using (fid)`

const UploadFacts = z.object({
  open: z.boolean(),
  offered: z.boolean(),
  /** The device was given up since it was offered. */
  dead: z.boolean(),
  promisedBytes: z.number().nullable(),
  promisedChecksum: Checksum.nullable(),
  /** The key points at this fid: it was closed before. */
  closed: z.boolean(),
  replacedFid: Fid.nullable(),
  closedBytes: z.number().nullable(),
  closedChecksum: Checksum.nullable(),
})

/** Why a close found nothing to do. One row, always. */
export const explainUpload = (domain: DomainName | null, fid: Fid, deviceId: DeviceId) =>
  statement(UploadFacts)`
  select
    upload.fid is not null as open,
    coalesce(${deviceId} = any(upload.device_ids), false) as offered,
    exists(select from device where device_id = ${deviceId} and state = 'dead') as dead,
    upload.bytes as "promisedBytes", upload.checksum as "promisedChecksum",
    file.fid is not null as closed, file.prev_fid as "replacedFid",
    file.bytes as "closedBytes", file.checksum as "closedChecksum"
  from (select ${fid}::bigint as fid) as asked
  left join domain on domain.name = ${domain}
  left join upload on upload.fid = asked.fid and upload.expires_at > now()
    and (${domain}::text is null or upload.domain_id = domain.domain_id)
  left join file on file.fid = asked.fid
    and (${domain}::text is null or file.domain_id = domain.domain_id)`

/** Gives an upload up: what may have arrived is erased where it was offered. */
export const abortUpload = (domain: DomainName, fid: Fid) => statement(FidRow)`
  with gone as (
    delete from upload using domain
    where fid = ${fid} and upload.domain_id = domain.domain_id and name = ${domain}
    returning fid, device_ids
  ), erasing as (
    insert into job (host_id, kind, fid, device_id, priority)
    select host_id, 'delete', fid, device_id, 3
    from gone cross join unnest(device_ids) as offered (device_id) join device using (device_id)
    where state <> 'dead'
  )
  select fid from gone`

/** A window of expired uploads, given up likewise. */
export const expireUploads = (limit: number) => statement(FidRow)`
  with expired as (
    select fid from upload where expires_at <= now() order by expires_at limit ${limit}
    for update skip locked
  ), gone as (
    delete from upload using expired where upload.fid = expired.fid
    returning upload.fid, device_ids
  ), erasing as (
    insert into job (host_id, kind, fid, device_id, priority)
    select host_id, 'delete', fid, device_id, 3
    from gone cross join unnest(device_ids) as offered (device_id) join device using (device_id)
    where state <> 'dead'
  )
  select fid from gone`
