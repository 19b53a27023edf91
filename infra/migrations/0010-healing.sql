-- What placement asks: the zone of a device's host.
create or replace view device_view as
  select device_id, host_id, json_build_object(
    'deviceId', device_id, 'hostId', host_id, 'state', device.state, 'hostState', host.state,
    'zone', zone,
    'url', url, 'keyVersion', key_version, 'weight', weight, 'condition', condition,
    'bytesTotal', bytes_total, 'bytesFree', bytes_free, 'utilization', utilization,
    'silentMs', extract(epoch from now() - seen_at) * 1000) as doc
  from device join host using (host_id);

-- Of a class whose policy asks for more than different hosts: its close orders no copies, the file
-- is short at once and its copies are planned.
alter table upload add planned boolean not null default false;

-- Which copies are on their way? (short files are planned, and copies sent elsewhere, while
-- a hundred thousand erasings wait)
create index job_replicating on job (job_id) where kind = 'replicate';
