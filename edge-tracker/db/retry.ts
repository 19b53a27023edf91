// Copies that were put off, tried at once where an operator says so.
import * as z from 'zod'
import { statement } from './statement.ts'

const Retried = z.object({ retried: z.int() })

/** A window of each kind, the ones that would come soonest. What is leased is under way. */
export const retryNow = (limit: number) => statement(Retried)`
  with waiting as (
    select fid from shortfall where try_at > now() order by try_at limit ${limit}
    for update skip locked
  ), planned as (
    update shortfall set try_at = now(), version = version + 1
    from waiting where shortfall.fid = waiting.fid
    returning 1
  ), put_off as (
    select job_id from job
    where kind = 'replicate' and run_at > now() and coalesce(leased_until, '-infinity') <= now()
    order by run_at limit ${limit} for update skip locked
  ), ordered as (
    update job set run_at = now() from put_off where job.job_id = put_off.job_id
    returning 1
  )
  select (select count(*)::int from planned) + (select count(*)::int from ordered) as retried`
