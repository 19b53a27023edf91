// Fids that no key points at any more become delete jobs.
import * as z from 'zod'
import { statement } from './statement.ts'

const ErasedRow = z.object({ erased: z.int() })

/** A tombstone whose erasing waits for room in a device's queue is tried again this often. */
const HELD_MS = 60_000

/**
 * A window of tombstones that are due. That one is visible means that every replica of its fid is,
 * too: a replica is recorded under a lock of the file row that the burial took away.
 * Replica rows leave before the bytes do (I2); copies on their way are turned into deletes.
 * A device that has `maxJobs` waiting gets no more: what it holds is named by its replica row, and
 * the tombstone is held, out of the way of those behind it.
 */
export const eraseTombstones = (limit: number, maxJobs: number) => statement(ErasedRow)`
  with free as (
    select fid from tombstone where erase_at <= now() and held_at is null
    order by erase_at limit ${limit} for update skip locked
  ), held as (
    select fid from tombstone where held_at <= now() - ${HELD_MS} * interval '1 ms'
    order by held_at limit ${limit} for update skip locked
  ), buried as (
    select fid from free union all select fid from held
  ), full_device as materialized (
    select full_devices(${maxJobs}) as device_id where exists (select from buried)
  ), lying as (
    select replica.fid, device_id, host_id, state,
      state <> 'dead' and full_device.device_id is not null as waits
    from buried join replica using (fid) join device using (device_id)
      left join full_device using (device_id)
  ), forgotten as (
    delete from replica using lying
    where replica.fid = lying.fid and replica.device_id = lying.device_id and not waits
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
    select host_id, 'delete', fid, device_id, 3 from lying where state <> 'dead' and not waits
    on conflict (fid, device_id) do nothing
  ), settled as (
    delete from shortfall using buried where shortfall.fid = buried.fid
  ), unsought as (
    delete from lost using buried where lost.fid = buried.fid
  ), unmoved as (
    delete from move using buried where move.fid = buried.fid
  ), postponed as (
    update tombstone set held_at = now()
    where fid in (select fid from lying where waits)
    returning fid
  ), done as (
    delete from tombstone using buried
    where tombstone.fid = buried.fid and tombstone.fid not in (select fid from lying where waits)
    returning tombstone.fid
  )
  select (select count(*)::int from done) + (select count(*)::int from postponed) as erased`
