// Where the bytes are: all that a read asks the database, in one row.
import * as z from 'zod'
import { Checksum, DeviceId, type DomainName, Fid, type Key } from '#shared/ids.ts'
import { FileCopies } from '#shared/wire/files.ts'
import { statement } from './statement.ts'

const Located = z.object({
  /** Which of those that were asked for, from 1. */
  nr: z.int(),
  fid: Fid,
  bytes: z.number(),
  checksum: Checksum,
  contentType: z.string().nullable(),
  classId: z.int(),
  deviceIds: z.array(DeviceId),
})
export type Located = z.infer<typeof Located>

export interface NamedFile {
  domain: DomainName
  key: Key
}

/**
 * No row for a name: no such key, or no such domain. What devices and class say is in the cluster
 * view: joining them here cost a third of the rate of `paths` (2026-11-22, test/bench/paths.ts).
 */
export const copiesOfKeys = (asks: readonly NamedFile[]) => statement(Located)`
  select nr::int, fid, bytes, checksum, content_type as "contentType", class_id as "classId",
    array(select device_id from replica where replica.fid = file.fid) as "deviceIds"
  from unnest(${asks.map(({ domain }) => domain)}::text[], ${asks.map(({ key }) => key)}::text[])
    with ordinality as asked (domain, key, nr)
  -- lateral: one look-up a key, whatever the planner believes of their number
  cross join lateral (
    select * from file
    where domain_id = (select domain_id from domain where domain.name = asked.domain)
      and file.key = asked.key offset 0
  ) as file`

/** All that is known of a file, each copy with when its bytes were last looked at. */
export const fileCopies = (domain: DomainName, key: Key) => statement(FileCopies)`
  select domain.name as domain, key, file.fid, class.name as class, bytes, checksum,
    content_type as "contentType", metadata,
    floor(extract(epoch from file.created_at) * 1000)::bigint as "createdAtMs",
    array(select device_id from replica where replica.fid = file.fid order by 1) as "deviceIds",
    coalesce((
      select json_agg(json_build_object('deviceId', replica.device_id, 'verifiedAtMs',
        case when verified_at >= file.created_at
          then floor(extract(epoch from verified_at) * 1000) end) order by replica.device_id)
      from replica left join lateral (
        select verified_at from verified
        where verified.device_id = replica.device_id and last_fid >= file.fid
        order by last_fid limit 1) as stretch on true
      where replica.fid = file.fid
    ), '[]') as copies
  from domain join file using (domain_id) join class using (class_id)
  where domain.name = ${domain} and key = ${key}`
