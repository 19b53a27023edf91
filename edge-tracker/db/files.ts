// The namespace: key -> fid and what is known of it. Every change is one statement.
import * as z from 'zod'
import { type DomainName, Fid, type Key } from '#shared/ids.ts'
import { MAX_KEY_BYTES } from '#shared/limits.ts'
import type { Condition } from '#shared/preconditions.ts'
import { type FileChange, FileDetail, FileInfo } from '#shared/wire/files.ts'
import { statement } from './statement.ts'

const ExistsRow = z.object({ exists: z.boolean() })
const FidRow = z.object({ fid: Fid })

const FileOfClass = FileDetail.extend({ classId: z.int() })

/** Zero rows: no such key, or no such domain. */
export const fileDetail = (domain: DomainName, key: Key) => statement(FileOfClass)`
  select domain.name as domain, key, file.fid, class.name as class, class_id as "classId", bytes,
    checksum,
    content_type as "contentType", metadata,
    floor(extract(epoch from file.created_at) * 1000)::bigint as "createdAtMs",
    array(select device_id from replica where replica.fid = file.fid order by 1) as "deviceIds"
  from domain join file using (domain_id) join class using (class_id)
  where domain.name = ${domain} and key = ${key}`

export const domainExists = (domain: DomainName) => statement(ExistsRow)`
  select exists(select from domain where name = ${domain}) as exists`

const Current = z.object({ fid: Fid, checksum: z.string(), bytes: z.number() })

/** What conditions and quotas are held against where nothing is written yet. */
export const currentFile = (domain: DomainName, key: Key) => statement(Current)`
  select fid, checksum, bytes from domain join file using (domain_id)
  where domain.name = ${domain} and key = ${key}`

/**
 * The key is free at once; the fid's replicas are erased when its tombstone is worked off.
 * Zero rows: nothing was there, or not what was expected.
 */
export const deleteFile = (domain: DomainName, key: Key, expects: Condition = {}) =>
  statement(FidRow)`
  delete from file using domain
  where file.domain_id = domain.domain_id and name = ${domain} and key = ${key}
    and (array['*', fid::text, checksum] && ${expects.ifMatch ?? null}::text[]) is not false
    and (array['*', fid::text, checksum] && ${expects.ifNoneMatch ?? null}::text[]) is not true
  returning fid`

const Changed = z.object({ file: FileDetail.nullable(), classFound: z.boolean() })

/**
 * Renames, reclassifies, describes. One row: the file as it is now, and whether the class was
 * there; without either, or with another file than expected, nothing changed. A key that another
 * file has violates file_pkey. A new class has the file's copies looked at by the next sweep.
 */
export const changeFile = (
  domain: DomainName,
  key: Key,
  change: FileChange,
  expects: Condition = {},
) => statement(Changed)`
  with target as (
    select domain.domain_id, class.class_id,
      ${change.class ?? null}::text is null or class.class_id is not null as class_found
    from domain
    left join class on class.domain_id = domain.domain_id and class.name = ${change.class ?? null}
    where domain.name = ${domain}
  ), changed as (
    update file set
      key = coalesce(${change.key ?? null}::text, key),
      class_id = coalesce(target.class_id, file.class_id),
      content_type = case when ${change.contentType !== undefined}
        then ${change.contentType ?? null}::text else content_type end,
      metadata = coalesce(${change.metadata ?? null}::jsonb, metadata)
    from target
    where file.domain_id = target.domain_id and key = ${key} and class_found
      and (array['*', fid::text, checksum] && ${expects.ifMatch ?? null}::text[]) is not false
      and (array['*', fid::text, checksum] && ${expects.ifNoneMatch ?? null}::text[]) is not true
    returning file.*
  ), reconsidered as (
    insert into shortfall (fid, reason)
    select fid, 'the class changed' from changed where ${change.class !== undefined}
    on conflict (fid) do update set try_at = now(), version = shortfall.version + 1
  )
  select coalesce((select class_found from target), true) as "classFound", (
    select json_build_object('domain', ${domain}::text, 'key', key, 'fid', changed.fid,
      'class', class.name, 'bytes', bytes, 'checksum', checksum, 'contentType', content_type,
      'metadata', metadata,
      'createdAtMs', floor(extract(epoch from created_at) * 1000),
      'deviceIds', array(select device_id from replica where replica.fid = changed.fid order by 1))
    from changed join class using (class_id)
  ) as file`

/** Where a page begins and ends, in byte order. */
export interface PageBounds {
  prefix: string
  /** Keys from here on, or, when `fromExclusive`, behind it. */
  from: string
  fromExclusive: boolean
  /** Exclusive. Always there: a bound that may be missing would be no bound of an index scan. */
  to: string
  limit: number
}

/** Greater than every key: longer than the longest, and of the last code point alone. */
export const END_OF_KEYS = '\u{10ffff}'.repeat(MAX_KEY_BYTES / 4 + 1)

export const listFiles = (domain: DomainName, page: PageBounds) => statement(FileInfo)`
  select key, fid, class.name as class, bytes, checksum, content_type as "contentType", metadata,
    floor(extract(epoch from file.created_at) * 1000)::bigint as "createdAtMs"
  from file join class using (class_id)
  -- not joined: a join would walk the index through all domains before this one
  where file.domain_id = (select domain_id from domain where domain.name = ${domain})
    and key >= ${page.from} and key < ${page.to}
    and (not ${page.fromExclusive} or key <> ${page.from})
  order by key
  limit ${page.limit}`

const Grouped = z.object({ name: z.string(), file: FileInfo.nullable() })

/**
 * The same with keys grouped up to the delimiter. Each step jumps behind the group that it found,
 * so a group of millions costs one index look-up.
 * `delimiterEnd`: the text that follows the delimiter in byte order.
 */
export const listGroups = (
  domain: DomainName,
  page: PageBounds,
  delimiter: string,
  delimiterEnd: string,
) => statement(Grouped)`
  with recursive found as (
    (select 1 as step, domain_id, key,
      strpos(substr(key, length(${page.prefix}) + 1), ${delimiter}) as cut
    from file
    where domain_id = (select domain_id from domain where domain.name = ${domain})
      and key >= ${page.from} and key < ${page.to}
      and (not ${page.fromExclusive} or key <> ${page.from})
    order by key limit 1)
    union all
    select step + 1, next.domain_id, next.key, next.cut
    from found cross join lateral (
      select domain_id, key, strpos(substr(key, length(${page.prefix}) + 1), ${delimiter}) as cut
      from file
      where file.domain_id = found.domain_id
        and key >= case when found.cut = 0 then found.key
          else left(found.key, length(${page.prefix}) + found.cut - 1) || ${delimiterEnd} end
        and key < ${page.to} and key <> found.key
      order by key limit 1
    ) as next
    where step < ${page.limit}
  )
  select
    case when cut = 0 then key
      else left(key, length(${page.prefix}) + cut - 1) || ${delimiter} end as name,
    case when cut = 0 then (
      select json_build_object('key', file.key, 'fid', fid, 'class', class.name, 'bytes', bytes,
        'checksum', checksum, 'contentType', content_type, 'metadata', metadata,
        'createdAtMs', floor(extract(epoch from file.created_at) * 1000))
      from file join class using (class_id)
      where file.domain_id = found.domain_id and file.key = found.key
    ) end as file
  from found order by step`
