// Fids that no key points at any more become delete jobs.
import * as z from 'zod'
import { statement } from './statement.ts'

const ErasedRow = z.object({ erased: z.int() })

/**
 * A window of tombstones that are due. That one is visible means that every replica of its fid is,
 * too: a replica is recorded under a lock of the file row that the burial took away.
 * Replica rows leave before the bytes do (I2); copies on their way are turned into deletes.
 */
export const eraseTombstones = (limit: number) => statement(ErasedRow)`
  with buried as (
    select fid from tombstone where erase_at <= now()
    order by erase_at limit ${limit} for update skip locked
  ), forgotten as (
    delete from replica using buried where replica.fid = buried.fid
    returning replica.fid, device_id
  ), arriving as (
    -- in the order in which a sync locks what it reports
    select job_id from job join buried using (fid) where kind = 'replicate'
    order by job_id for update of job
  ), turned as (
    update job set kind = 'delete', priority = 3, attempt = attempt + 1, failures = 0,
      run_at = now(), leased_until = null
    from arriving where job.job_id = arriving.job_id
  ), ordered as (
    insert into job (host_id, kind, fid, device_id, priority)
    select host_id, 'delete', fid, device_id, 3
    from forgotten join device using (device_id) where state <> 'dead'
    on conflict (fid, device_id) do nothing
  ), settled as (
    delete from shortfall using buried where shortfall.fid = buried.fid
  ), done as (
    delete from tombstone using buried where tombstone.fid = buried.fid returning tombstone.fid
  )
  select count(*)::int as erased from done`
