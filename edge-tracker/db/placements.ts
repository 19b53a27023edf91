// The ledger: how many live files of a class lie on exactly which devices. Whoever changes that
// appends what changed; a sweep adds it up, so that no two writers wait for one row.
import * as z from 'zod'
import { statement } from './statement.ts'

const FoldedRow = z.object({ folded: z.int() })

/** A window of what was appended. Counts that came to nothing go. */
export const foldPlacements = (limit: number) => statement(FoldedRow)`
  with taken as (
    delete from placement_delta where delta_id in (
      select delta_id from placement_delta order by delta_id limit ${limit}
      for update skip locked)
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
