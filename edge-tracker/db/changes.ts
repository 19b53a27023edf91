// The feed of changes, read by cursor. A cursor never passes a transaction that still runs, so what
// commits late is late for everybody and lost to nobody.
import * as z from 'zod'
import type { DomainName } from '#shared/ids.ts'
import { Change, Changes } from '#shared/wire/changes.ts'
import { statement } from './statement.ts'

const Page = z.object({
  changes: z.array(Change),
  /** Behind all that is settled: where `now` is. */
  end: Changes.shape.cursor,
  /** The cursor is older than what is kept. */
  pruned: z.boolean(),
})

export interface Position {
  xid: string
  changeId: string
}

/** Zero rows: no such domain. `after` null: from the oldest that is kept. */
export const readChanges = (domain: DomainName, after: Position | null, limit: number) =>
  statement(Page)`
  select
    coalesce((
      select json_agg(json_build_object(
        'cursor', xid || '.' || change_id, 'kind', kind, 'key', key, 'fid', fid,
        'prevFid', prev_fid, 'prevKey', prev_key, 'class', class_name, 'bytes', bytes,
        'atMs', floor(extract(epoch from at) * 1000)) order by xid, change_id)
      from (
        select change.*, class.name as class_name
        from change left join class using (class_id)
        where change.domain_id = domain.domain_id
          and (xid, change_id) > (${after?.xid ?? '0'}::xid8, ${after?.changeId ?? '0'}::bigint)
          and xid < pg_snapshot_xmin(pg_current_snapshot())
        order by xid, change_id limit ${limit}
      ) as page
    ), '[]') as changes,
    pg_snapshot_xmin(pg_current_snapshot()) || '.0' as end,
    ${after !== null} and exists(
      select from change_floor
      where change_floor.domain_id = domain.domain_id
        and (xid, change_id) > (${after?.xid ?? '0'}::xid8, ${after?.changeId ?? '0'}::bigint)
    ) as pruned
  from domain where name = ${domain}`

const PrunedRow = z.object({ pruned: z.int() })

/** A window of what is too old, or of a domain that is no more. */
export const pruneChanges = (keepMs: number, limit: number) => statement(PrunedRow)`
  with recursive kept as (
    (select domain_id from change order by domain_id limit 1)
    union all
    select (select min(domain_id) from change where change.domain_id > kept.domain_id)
    from kept where domain_id is not null
  ), oldest as (
    -- the first in order, whatever their age: a search for the old ones would walk the new ones
    select kept.domain_id, first.xid, first.change_id
    from kept left join domain using (domain_id) cross join lateral (
      select xid, change_id, at from change
      where change.domain_id = kept.domain_id order by xid, change_id limit ${limit}
    ) as first
    where at < now() - ${keepMs} * interval '1 ms' or domain.domain_id is null
    limit ${limit}
  ), gone as (
    delete from change using oldest
    where change.domain_id = oldest.domain_id and change.xid = oldest.xid
      and change.change_id = oldest.change_id
    returning change.domain_id, change.xid, change.change_id
  ), raised as (
    insert into change_floor (domain_id, xid, change_id)
    select distinct on (domain_id) domain_id, xid, change_id
    from gone order by domain_id, xid desc, change_id desc
    on conflict (domain_id) do update set xid = excluded.xid, change_id = excluded.change_id
    where (excluded.xid, excluded.change_id) > (change_floor.xid, change_floor.change_id)
  )
  select count(*)::int as pruned from gone`
