// The trash: tombstones that are kept for a time. What is had back leaves it in the same statement,
// so that a fid is a file or buried, never both and never neither.
import * as z from 'zod'
import { type DomainName, Fid, type Key } from '#shared/ids.ts'
import type { Condition } from '#shared/preconditions.ts'
import { FileDetail } from '#shared/wire/files.ts'
import { TrashedFile } from '#shared/wire/trash.ts'
import { statement } from './statement.ts'

const FidRow = z.object({ fid: Fid })

/** In byte order of keys, then of fids. `to` is exclusive, and always there. */
export interface TrashBounds {
  from: string
  fromFid: number
  to: string
  limit: number
}

export const listTrash = (domain: DomainName, page: TrashBounds) => statement(TrashedFile)`
  select key, fid, class.name as class, bytes, checksum, content_type as "contentType", metadata,
    floor(extract(epoch from stored_at) * 1000)::bigint as "createdAtMs",
    floor(extract(epoch from tombstone.created_at) * 1000)::bigint as "deletedAtMs",
    floor(extract(epoch from erase_at) * 1000)::bigint as "eraseAtMs"
  from tombstone left join class using (class_id)
  -- not joined: a join would walk the index through all domains before this one
  where tombstone.domain_id = (select domain_id from domain where domain.name = ${domain})
    and (key, fid) > (${page.from}, ${page.fromFid}::bigint) and key < ${page.to}
    and erase_at > tombstone.created_at and erase_at > now()
  order by key, fid
  limit ${page.limit}`

const RestoreRow = z.object({
  outcome: z.enum(['restored', 'absent', 'lost', 'unmet']),
  replacedFid: Fid.nullable(),
  /** As it was the moment when it was restored. */
  file: FileDetail.nullable(),
})

/** One row. `key` null: its own. */
export const restoreFile = (
  domain: DomainName,
  fid: Fid,
  key: Key | null,
  { ifMatch, ifNoneMatch }: Condition,
) => statement(RestoreRow)`
  select outcome, replaced_fid as "replacedFid", detail as file
  from restore_file(${domain}, ${fid}, ${key}, ${ifMatch ?? null}::text[],
    ${ifNoneMatch ?? null}::text[])`

/** Zero rows: it is not in the trash. What was asked for is erased by the next sweep. */
export const eraseFromTrash = (domain: DomainName, fid: Fid) => statement(FidRow)`
  update tombstone set erase_at = tombstone.created_at
  from domain
  where fid = ${fid} and tombstone.domain_id = domain.domain_id and domain.name = ${domain}
    and erase_at > tombstone.created_at and erase_at > now()
  returning fid`
