// What agents keep beside the bytes: what the database says of each file, told where it differs
// from what they hold. Reads alone, in few statements, at the agents' pace.

import { FIDS_PER_DIRECTORY, MAX_CHANGED_PLACES, MAX_COMPARED_BYTES } from '#shared/limits.ts'
import {
  type ChangedRequest,
  ChangedResponse,
  type CompareRequest,
  CompareResponse,
} from '#shared/wire/catalogue.ts'
import { statement } from './statement.ts'

/**
 * What happened to known files on a host's devices since a place in the feed, never passing a
 * transaction that still runs. Zero rows: nobody has this credential.
 */
export const changedPlaces = (credentialHash: string, { after, definitions }: ChangedRequest) => {
  const [xid = '0', changeId = '0'] = after?.split('.') ?? []
  return statement(ChangedResponse)`
  with asked as (
    select host_id from host where credential_hash = ${credentialHash}
  ), news as materialized (
    select xid, change_id, case when kind = 'overwrite' then prev_fid else fid end as fid
    from change
    where ${after !== null} and kind <> 'create'
      and (xid, change_id) > (${xid}::xid8, ${changeId}::bigint)
      and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by xid, change_id limit ${MAX_CHANGED_PLACES}
  ), defined as materialized (
    select definitions() as text from asked where ${definitions}::text is not null
  )
  select floor(extract(epoch from now()) * 1000)::bigint as "nowMs",
    case when (select count(*) from news) = ${MAX_CHANGED_PLACES}
      then (select xid || '.' || change_id from news order by xid desc, change_id desc limit 1)
      else pg_snapshot_xmin(pg_current_snapshot()) || '.0' end as after,
    (select count(*) from news) = ${MAX_CHANGED_PLACES} as "isMore",
    ${after === null} or exists(
      select from change_floor where (xid, change_id) > (${xid}::xid8, ${changeId}::bigint)
    ) as "isCut",
    coalesce((
      select json_agg(distinct jsonb_build_object('deviceId', device_id, 'fid', fid))
      from news join replica using (fid) join device using (device_id)
      where device.host_id = asked.host_id
    ), '[]') as places,
    (select text from defined
      where encode(sha256(convert_to(text, 'UTF8')), 'hex') <> ${definitions}::text) as definitions
  from asked`
}

/**
 * The entries of those leaves of a device whose digest is another one than the agent's. Zero rows:
 * not this host's device.
 */
export const compareLeaves = (
  credentialHash: string,
  { deviceId, leaves }: CompareRequest,
) => statement(CompareResponse)`
  with asked as materialized (
    select device_id, leaf, files, digest, leaf * ${FIDS_PER_DIRECTORY}::bigint as first_fid,
      (leaf + 1) * ${FIDS_PER_DIRECTORY}::bigint - 1 as last_fid
    from host join device using (host_id) cross join unnest(
      ${leaves.map(({ leaf }) => leaf)}::bigint[], ${leaves.map(({ files }) => files)}::int[],
      ${leaves.map(({ digest }) => digest)}::text[]) as given (leaf, files, digest)
    where credential_hash = ${credentialHash} and device_id = ${deviceId}
  ), entry as materialized (
    select leaf, its.fid, text,
      ('x' || encode(substr(sha256(convert_to(text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
        as digest
    -- lateral: one by one by the index; a join would be planned as a hash of all files
    from asked join replica on replica.device_id = asked.device_id
      and replica.fid between first_fid and last_fid
    cross join lateral (
      select file.fid, jsonb_strip_nulls(jsonb_build_object('fid', file.fid,
        'domain', domain.name, 'key', key, 'class', class.name, 'bytes', bytes,
        'checksum', checksum, 'contentType', content_type,
        'metadata', nullif(metadata, '{}'),
        'createdAtMs', floor(extract(epoch from file.created_at) * 1000)::bigint))::text as text
      from file join domain using (domain_id) join class using (class_id)
      where file.fid = replica.fid limit 1
    ) as its
  ), differing as (
    select asked.leaf, first_fid, last_fid,
      coalesce(json_agg(text order by fid) filter (where fid is not null), '[]') as entries,
      coalesce(sum(octet_length(text)), 0) as bytes
    from asked left join entry using (leaf)
    group by asked.leaf, asked.files, asked.digest, first_fid, last_fid
    having count(fid) <> files
      or lpad(to_hex(coalesce(bit_xor(entry.digest), 0)), 16, '0') <> asked.digest
  ), measured as (
    select *, sum(bytes) over (order by leaf) - bytes as bytes_before from differing
  )
  select floor(extract(epoch from now()) * 1000)::bigint as "nowMs",
    coalesce((
      select json_agg(json_build_object('leaf', leaf, 'entries', entries, 'live', array(
        select fid from file where fid between first_fid and last_fid)) order by leaf)
      from measured where bytes_before < ${MAX_COMPARED_BYTES}
    ), '[]') as leaves,
    array(select leaf from measured where bytes_before >= ${MAX_COMPARED_BYTES}) as untold
  from host join device using (host_id)
  where credential_hash = ${credentialHash} and device_id = ${deviceId}`
