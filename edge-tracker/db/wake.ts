// Files that wait for a place are looked at again when there is one, not when their time comes.
import * as z from 'zod'
import { statement } from './statement.ts'

const Woken = z.object({ woken: z.int() })

/**
 * A window of waiting files, once a device can do what it could not before. `able`: the devices
 * that can take copies, and, negative, those that can be read. At most one awakening in `restMs`,
 * however often hosts come and go; what is new meanwhile stays new until the next.
 */
export const wakeShortfalls = (able: readonly number[], limit: number, restMs: number) =>
  statement(Woken)`
  with known as (
    select able, next_fid,
      next_fid is null and not ${able}::int[] <@ able
        and woken_at <= now() - ${restMs} * interval '1 ms' as starts
    from awakening for update skip locked
  ), waking as (
    select fid from shortfall
    where fid >= (select case when starts then 0 else next_fid end from known)
    order by fid limit ${limit} for update skip locked
  ), woken as (
    update shortfall set try_at = now(), version = version + 1
    from waking where shortfall.fid = waking.fid and try_at > now()
  ), moved as (
    update awakening set
      next_fid = case when (select count(*) from waking) = ${limit}
        then (select max(fid) + 1 from waking) end,
      able = case when starts then ${able}::int[]
        else array(select unnest(known.able) intersect select unnest(${able}::int[])) end,
      woken_at = case when starts then now() else woken_at end
    from known
    where starts or known.next_fid is not null or not known.able <@ ${able}::int[]
  )
  select (select count(*)::int from waking) as woken`
