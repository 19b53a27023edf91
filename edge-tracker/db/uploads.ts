// Uploads: opened, any number at once, and given up. closes.ts makes files of them.
import * as z from 'zod'
import { ChecksumKind, type DeviceId, type DomainName, Fid, type HostId } from '#shared/ids.ts'
import { OFFERED_TARGETS } from '#shared/limits.ts'
import type { OpenRequest } from '#shared/wire/uploads.ts'
import { statement } from './statement.ts'

const FidRow = z.object({ fid: Fid })

const OpenedUpload = z.object({
  nr: z.int(),
  fid: Fid,
  expiresAtMs: z.number(),
  deviceIds: z.array(z.int()),
  /** Of the checksum that the class asks for. */
  checksumKind: ChecksumKind,
  /** Copies that must be durable before the close is answered. */
  commitAt: z.int(),
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

/**
 * With fids that were taken ahead the commit does not wait for the database's disk: what a crash
 * can make it forget is an upload, which its client opens again. Without, the fid would be
 * forgotten too, and given to another (decisions/0009).
 * No row for an ask (they are numbered from 0): its domain or its class does not exist, or the
 * promised checksum is of another kind than the class asks for.
 */
export const openUploads = (asks: readonly OpenAsk[], ahead?: readonly Fid[]) =>
  statement(OpenedUpload)`
  with hurry as materialized (
    select case when ${ahead !== undefined} then set_config('synchronous_commit', 'off', true) end
  ), asked as materialized (
    select nr, coalesce(asked.fid, nextval('fid_sequence')) as fid, domain_id, class_id,
      wanted as copies, least(commit_at, wanted) as commit_at,
      policy not like 'MultipleHosts(%' as planned, key, bytes, checksum, content_type, metadata,
      checksum_kind, if_match, if_none_match, now() + upload_ms * interval '1 ms' as expires_at,
      device_ids[1:greatest(${OFFERED_TARGETS}, wanted)] as device_ids,
      host_ids[1:greatest(${OFFERED_TARGETS}, wanted)] as host_ids
    from json_to_recordset(${JSON.stringify(rowsOf(asks, ahead))}::json) as asked (
      nr int, fid bigint, domain text, class text, key text, bytes bigint, checksum text,
      content_type text, metadata jsonb, if_match text[], if_none_match text[],
      device_ids int[], host_ids int[], upload_ms float8, copies smallint)
    cross join hurry
    join domain on domain.name = asked.domain
    join class using (domain_id)
    cross join lateral (select coalesce(asked.copies, class.copies) as wanted) as by_policy
    where class.name = asked.class
      and (asked.checksum is null or starts_with(asked.checksum, checksum_kind || ':'))
  ), opened as (
    insert into upload (fid, domain_id, class_id, copies, commit_at, planned, key, device_ids,
      host_ids, bytes, checksum, content_type, metadata, if_match, if_none_match, expires_at)
    select fid, domain_id, class_id, copies, commit_at, planned, key, device_ids, host_ids, bytes,
      checksum, content_type, metadata, if_match, if_none_match, expires_at
    from asked
  )
  select nr, fid, floor(extract(epoch from expires_at) * 1000)::bigint as "expiresAtMs",
    device_ids as "deviceIds", checksum_kind as "checksumKind", commit_at as "commitAt"
  from asked`

const rowsOf = (asks: readonly OpenAsk[], ahead: readonly Fid[] = []) =>
  asks.map(({ domain, request, ranked, copies, uploadMs }, nr) => ({
    nr,
    fid: ahead[nr],
    domain,
    copies,
    class: request.class ?? 'default',
    key: request.key,
    bytes: request.bytes,
    checksum: request.checksum,
    content_type: request.contentType,
    metadata: request.metadata ?? {},
    if_match: request.ifMatch,
    if_none_match: request.ifNoneMatch,
    device_ids: ranked.map(({ deviceId }) => deviceId),
    host_ids: ranked.map(({ hostId }) => hostId),
    upload_ms: uploadMs,
  }))

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
