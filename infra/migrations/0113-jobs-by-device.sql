-- Which jobs of a device come next? By host and device: what waits for a disk that is out of service
-- is neither read nor counted where work for the others of its host is sought. Of jobs of one moment
-- the oldest comes first, so that those under way are the first that are found.
create index job_waiting on job (host_id, device_id, priority, run_at, job_id);
drop index job_head;

-- Devices that have so many jobs waiting that no more are to be made.
create function full_devices(at_most int) returns setof int language sql stable as $$
  select device_id from device
  where at_most <= (
    select count(*) from (
      select from job
      where job.host_id = device.host_id and job.device_id = device.device_id
      limit at_most) as waiting)
$$;

create or replace function drop_copies(
  fids bigint[], device_ids int[], keeps text[], max_jobs int)
returns table (dropped_fid bigint, dropped_device_id int) language plpgsql as $$
declare
  right_fids bigint[];
  right_device_ids int[];
begin
  perform lock_files(fids);
  select array_agg(fid), array_agg(device_id) into right_fids, right_device_ids
  from unnest(fids, device_ids, keeps) as doomed (fid, device_id, keep)
  join device using (device_id)
  where device_id not in (select full_devices(max_jobs))
    and keep::int[] <> '{}' and device_id <> all(keep::int[])
    and keep::int[] <@ array(
      select replica.device_id from replica join device using (device_id)
      where replica.fid = doomed.fid and state <> 'dead')
    and not exists (select from job where job.fid = doomed.fid and kind = 'replicate');
  return query
  with forgotten as (
    select forgotten_fid, forgotten_device_id from forget_copies(right_fids, right_device_ids)
  ), ordered as (
    insert into job (host_id, kind, fid, device_id, priority)
    select host_id, 'delete', forgotten_fid, forgotten_device_id, 3
    from forgotten join device on device_id = forgotten_device_id where state <> 'dead'
    on conflict (fid, device_id) do nothing
  )
  select forgotten_fid, forgotten_device_id from forgotten;
end $$;
