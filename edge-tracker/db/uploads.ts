// Uploads: opened here, and closed in one statement that links the key, records the first
// replica, buries what it replaced and orders the other copies. A crash before it loses nothing
// that was acknowledged; a crash after it repeats an answer.
import * as z from 'zod'
import { Checksum, type DeviceId, type DomainName, Fid, type HostId } from '#shared/ids.ts'
import { OFFERED_TARGETS } from '#shared/limits.ts'
import type { OpenRequest } from '#shared/wire/uploads.ts'
import { statement } from './statement.ts'

const FidRow = z.object({ fid: Fid })

const OpenedUpload = z.object({ fid: Fid, expiresAtMs: z.number(), deviceIds: z.array(z.int()) })

export interface Offer {
  deviceId: DeviceId
  hostId: HostId
}

/** Zero rows: the domain or the class does not exist. `ranked`: the best device first. */
export const openUpload = (ask: {
  domain: DomainName
  request: OpenRequest
  ranked: readonly Offer[]
  uploadMs: number
}) => statement(OpenedUpload)`
  insert into upload (domain_id, class_id, copies, key, device_ids, host_ids, bytes, checksum,
    content_type, metadata, expires_at)
  select domain_id, class_id, copies, ${ask.request.key},
    (${ask.ranked.map(({ deviceId }) => deviceId)}::int[])[1:greatest(${OFFERED_TARGETS}, copies)],
    (${ask.ranked.map(({ hostId }) => hostId)}::int[])[1:greatest(${OFFERED_TARGETS}, copies)],
    ${ask.request.bytes ?? null}::bigint, ${ask.request.checksum ?? null}::text,
    ${ask.request.contentType ?? null}::text, ${ask.request.metadata ?? {}}::jsonb,
    now() + ${ask.uploadMs} * interval '1 ms'
  from domain join class using (domain_id)
  where domain.name = ${ask.domain} and class.name = ${ask.request.class ?? 'default'}
  returning fid, floor(extract(epoch from expires_at) * 1000)::bigint as "expiresAtMs",
    device_ids as "deviceIds"`

const ClosedUpload = z.object({ fid: Fid, replacedFid: Fid.nullable() })

export interface StoredUpload {
  fid: Fid
  deviceId: DeviceId
  bytes: number
  checksum: Checksum
}

/**
 * Zero rows: the upload is not there, expired, of another domain, was not offered this device, or
 * promised something else than was stored; `explainUpload` tells which. `domain` null: an agent
 * closes on behalf of the client whose ticket said so.
 * The replaced fid comes from the row that the upsert locked: read any other way, concurrent
 * closes of one key orphan it.
 */
export const closeUpload = (domain: DomainName | null, stored: StoredUpload) =>
  statement(ClosedUpload)`
  with closing as (
    delete from upload
    where fid = ${stored.fid} and expires_at > now() and ${stored.deviceId} = any(device_ids)
      and (bytes is null or bytes = ${stored.bytes})
      and (checksum is null or checksum = ${stored.checksum})
      and (${domain}::text is null
        or domain_id = (select domain_id from domain where name = ${domain}))
      -- a dead device's copy would be the only one, and none
      and not exists (
        select from device where device_id = ${stored.deviceId} and state = 'dead')
    returning *
  ), linked as (
    insert into file (domain_id, key, fid, class_id, bytes, checksum, content_type, metadata)
    select domain_id, key, fid, class_id, ${stored.bytes}, ${stored.checksum}, content_type,
      metadata
    from closing
    on conflict (domain_id, key) do update set
      fid = excluded.fid, prev_fid = file.fid, class_id = excluded.class_id,
      bytes = excluded.bytes, checksum = excluded.checksum, content_type = excluded.content_type,
      metadata = excluded.metadata, created_at = now()
    returning fid, prev_fid
  ), first_copy as (
    insert into replica (fid, device_id) select fid, ${stored.deviceId} from linked
  ), buried as (
    insert into tombstone (fid) select prev_fid from linked where prev_fid is not null
  ), other_target as (
    -- the first of each other host; those after the one that was used come first, for those before
    -- it have just failed the client. One that is out of service by now is left to a sweep.
    select fid, device_id, host_id
    from closing cross join unnest(device_ids, host_ids) with ordinality
      as offered (device_id, host_id, ord)
    where array_position(host_ids, host_id) = ord
      and host_id <> host_ids[array_position(device_ids, ${stored.deviceId})]
    order by ord < array_position(device_ids, ${stored.deviceId}), ord
    limit (select copies - 1 from closing)
  ), ordered as (
    insert into job (host_id, kind, fid, device_id, priority)
    select host_id, 'replicate', fid, device_id, 1 from other_target
  ), short as (
    insert into shortfall (fid, reason, priority)
    select fid, 'too few hosts were offered', 1 from closing
    where copies - 1 > (select count(*) from other_target)
  )
  select fid, prev_fid as "replacedFid" from linked`

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
