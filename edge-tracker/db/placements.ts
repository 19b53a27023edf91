// The ledger: how many live files of a class lie on exactly which devices. Whoever changes that
// appends what changed; a sweep adds it up, so that no two writers wait for one row.
import * as z from 'zod'
import { ClassDurability } from '#shared/wire/durability.ts'
import { statement } from './statement.ts'

const FoldedRow = z.object({ folded: z.int() })

/** A window of what was appended. Counts that came to nothing go. */
export const foldPlacements = (limit: number) => statement(FoldedRow)`
  with taken as (
    delete from placement_delta where ctid = any(array(
      select ctid from placement_delta limit ${limit} for update skip locked))
    returning class_id, device_ids, files, bytes
  ), folded as (
    insert into placement_count as known (class_id, device_ids, files, bytes)
    select class_id, device_ids, sum(files), sum(bytes)
    from taken group by class_id, device_ids order by class_id, device_ids
    on conflict (class_id, device_ids) do update set
      files = known.files + excluded.files, bytes = known.bytes + excluded.bytes,
      since = case when known.files = 0 then now() else known.since end
  ), emptied as (
    delete from placement_count
    where files = 0 and (class_id, device_ids) not in (select class_id, device_ids from taken)
  )
  select count(*)::int as folded from taken`

/**
 * Each class with its files by their copies. Sums over sets of devices, not over files: a device
 * that dies with millions of them is seen at once.
 */
export const readDurability = (downAfterMs: number) => statement(ClassDurability)`
  with place as (
    select device_id, device.host_id, device.state <> 'dead' as keeps,
      device.state in ('alive', 'readonly', 'drain') and host.state in ('alive', 'readonly')
        and condition is distinct from 'fenced'
        and seen_at >= now() - ${downAfterMs} * interval '1 ms' as readable
    from device join host using (host_id)
  ), lying as (
    -- of each set of devices how many keep their copies; a left join, for a set may be empty
    select class_id, files, bytes, since, count(*) filter (where keeps) as copies,
      count(distinct host_id) filter (where keeps) as hosts,
      coalesce(bool_or(readable), false) as readable
    from (select row_number() over () as nr, * from placements()) as numbered
    left join lateral unnest(device_ids) as lies_on (device_id) on true
    left join place using (device_id)
    group by nr, class_id, files, bytes, since
  ), counted as (
    select class_id, copies, hosts, sum(files) as files, sum(bytes) as bytes, min(since) as since,
      coalesce(sum(files) filter (where not readable), 0) as unreadable
    from lying group by class_id, copies, hosts
  )
  select domain.name as domain, class.name as class, class.copies,
    coalesce(sum(files), 0)::bigint as files, coalesce(sum(bytes), 0)::bigint as bytes,
    coalesce(sum(files) filter (where counted.copies < class.copies), 0)::bigint as short,
    coalesce(sum(files) filter (where counted.copies = 0), 0)::bigint as lost,
    coalesce(sum(unreadable), 0)::bigint as unreadable,
    coalesce(json_agg(json_build_object(
      'copies', counted.copies, 'hosts', hosts, 'files', files, 'bytes', bytes,
      'sinceMs', floor(extract(epoch from since) * 1000)
    ) order by counted.copies, hosts) filter (where counted.copies is not null), '[]')
      as "byCopies"
  from class join domain using (domain_id) left join counted using (class_id)
  group by domain.name, class.name, class.copies
  order by domain.name, class.name`
