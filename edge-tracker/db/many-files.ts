// Files by many keys at once, in one statement each. Whoever locks rows does so in the order of the
// keys, so that two batches do not wait for each other.
import * as z from 'zod'
import { type DomainName, Fid, type Key } from '#shared/ids.ts'
import type { Condition } from '#shared/preconditions.ts'
import { FileDetail } from '#shared/wire/files.ts'
import { tagsLiteral } from './literals.ts'
import { statement } from './statement.ts'

/** No row for a key: there is no such file, or no such domain. A key counts once. */
export const fileDetails = (domain: DomainName, keys: readonly Key[]) => statement(FileDetail)`
  select domain.name as domain, key, file.fid, class.name as class, bytes, checksum,
    content_type as "contentType", metadata,
    floor(extract(epoch from file.created_at) * 1000)::bigint as "createdAtMs",
    array(select device_id from replica where replica.fid = file.fid order by 1) as "deviceIds"
  from domain
  cross join (select distinct unnest(${keys}::text[]) as name) as asked
  -- lateral: one look-up a key, whatever the planner believes of their number
  cross join lateral (
    select * from file where file.domain_id = domain.domain_id and key = asked.name offset 0
  ) as file
  join class using (class_id)
  where domain.name = ${domain}`

const DeletedFile = z.object({
  key: z.string(),
  fid: Fid,
  /** False: it is another file than was expected, and it is still there. */
  deleted: z.boolean(),
})

export interface DeleteAsk extends Condition {
  key: Key
}

/** No row for a key: there is no such file, or no such domain. Each key may be named once. */
export const deleteFiles = (domain: DomainName, asks: readonly DeleteAsk[]) =>
  statement(DeletedFile)`
  with asked as (
    select * from unnest(
      ${asks.map(({ key }) => key)}::text[],
      ${asks.map(({ ifMatch }) => tagsLiteral(ifMatch))}::text[],
      ${asks.map(({ ifNoneMatch }) => tagsLiteral(ifNoneMatch))}::text[]
    ) as item (name, expected, unwanted)
    order by name collate "C"
  ), held as (
    select file.*
    from asked cross join lateral (
      select domain_id, key, fid,
        (array['*', fid::text, checksum] && expected::text[]) is not false
          and (array['*', fid::text, checksum] && unwanted::text[]) is not true as doomed
      from file
      where domain_id = (select domain_id from domain where domain.name = ${domain})
        and key = asked.name
      for update
    ) as file
  ), gone as (
    delete from file using held
    where file.domain_id = held.domain_id and file.key = held.key and doomed
    returning file.fid
  )
  select key, fid, fid in (select fid from gone) as deleted from held`
