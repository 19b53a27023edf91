-- A MogileFS cluster is taken over: its files become ours while its bytes lie where they lie. Until
-- the takeover is finished its own trackers go on, and what its disks hold is changed by them alone.

-- One row from the first import on. It outlives the takeover: it says which fids were MogileFS's.
create table adoption (
  only_row boolean primary key default true,
  last_fid bigint not null, -- MogileFS's fids end here; ours begin above
  next_fid bigint, -- the walk under way compares from here on; null: no walk is under way
  walks int not null default 0, -- that came to their end
  begun_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint "there is one adoption" check (only_row)
);

-- The devices that came from MogileFS: what lies on them until the end is what its database says.
create table adopted_device (
  device_id int primary key
);

-- Files of MogileFS that are no files here, and why. Their bytes are not touched before the end.
create table adoption_unmapped (
  fid bigint primary key,
  bytes bigint not null,
  copies int not null,
  reason text not null,
  deleted_here boolean not null default false -- a file here was made of it, and deleted since
);

-- Files that the walk under way did not find any more: deleted when it is at its end.
create table adoption_gone (
  fid bigint primary key
);

-- Begins a walk, or goes on with the one under way. From here on nothing that lies on a disk is held
-- for nobody's: MogileFS may store up to last_fid at any time, as if by a ticket that never expires.
create function begin_walk(old_max bigint, headroom bigint)
returns setof adoption language plpgsql as $$
declare
  its adoption;
  bound bigint := old_max + headroom;
begin
  lock table adoption in share row exclusive mode;
  select * into its from adoption;
  if its.finished_at is not null then
    raise exception 'the takeover was finished before' using errcode = 'MOG01';
  end if;
  if its.last_fid is null or old_max > its.last_fid then
    if exists (
      select from (
        select fid from file union all select fid from upload
        union all select fid from tombstone union all select fid from job
      ) as known where fid > coalesce(its.last_fid, 0) and fid <= bound)
    then
      raise exception 'fids up to % were given out here already', bound using errcode = 'MOG02';
    end if;
    perform setval('fid_sequence', greatest((select last_value from fid_sequence), bound));
    delete from fid_mark;
    insert into fid_mark (fid, settled_at) values (bound, 'infinity');
    insert into adoption (last_fid) values (bound)
    on conflict (only_row) do update set last_fid = excluded.last_fid;
    update device set swept_fid = bound from adopted_device
    where device.device_id = adopted_device.device_id;
  end if;
  if its.next_fid is null then
    delete from adoption_gone;
    update adoption set next_fid = 1;
  end if;
  return query select * from adoption;
end $$;

-- Hosts, devices, domains and classes that are not there yet. Devices keep their numbers, and are
-- only read until the end. What is there already stays as it is.
create function adopt_cluster(hosts json, devices json, domains json, classes json)
returns void language plpgsql as $$
begin
  lock table adoption in share row exclusive mode; -- one import after the other
  insert into host (host_id, name, state) overriding system value
  select "hostId", name, state
  from json_to_recordset(hosts) as old ("hostId" int, name text, state text)
  where not exists (select from host where host_id = "hostId");
  perform setval(pg_get_serial_sequence('host', 'host_id'), greatest(
    (select max(host_id) from host), nextval(pg_get_serial_sequence('host', 'host_id'))));

  with added as (
    insert into device (device_id, host_id, state, weight, swept_fid) overriding system value
    select "deviceId", "hostId", case when state in ('dead', 'down') then state else 'readonly' end,
      weight, (select last_fid from adoption)
    from json_to_recordset(devices)
      as old ("deviceId" int, "hostId" int, state text, weight int)
    where not exists (select from device where device_id = "deviceId")
    returning device_id
  )
  insert into adopted_device (device_id) select device_id from added;
  perform setval(pg_get_serial_sequence('device', 'device_id'), greatest(
    (select max(device_id) from device), nextval(pg_get_serial_sequence('device', 'device_id'))));

  insert into domain (name) select value from json_array_elements_text(domains)
  on conflict (name) do nothing;
  insert into class (domain_id, name, copies, policy, checksum_kind)
  select domain_id, old.name, copies, policy, "checksumKind"
  from json_to_recordset(classes)
    as old (domain text, name text, copies smallint, policy text, "checksumKind" text)
  join domain on domain.name = old.domain
  on conflict (domain_id, name) do nothing;
end $$;

-- A file of MogileFS whose key another one of its files has by now gives it up until the walk comes
-- to it: no key of an application begins so.
create function parked_key(fid bigint) returns text language sql immutable as $$
  select E'\x01parked by mog import/' || fid
$$;

-- Inserts those of a page that are not there, with copies, ledger and news; returns how many.
-- What was deleted here stays deleted: its bytes wait to be erased, for devices are only read.
create function adopt_new_files(page json) returns int language sql as $$
  with incoming as materialized (
    select * from json_to_recordset(page) as old (fid bigint, "domainId" int, key text,
      "classId" int, bytes bigint, checksum text, "deviceIds" int[])
  ), added as (
    insert into file (domain_id, key, fid, class_id, bytes, checksum)
    select "domainId", key, fid, "classId", bytes, checksum from incoming
    where not exists (select from file where file.fid = incoming.fid)
      and not exists (select from tombstone where tombstone.fid = incoming.fid)
      and not exists (select from job where job.fid = incoming.fid)
    on conflict do nothing
    returning fid
  ), stored as materialized (
    select incoming.* from added join incoming using (fid)
  ), lying as (
    insert into replica (fid, device_id)
    select fid, unnest("deviceIds") from stored
  ), counted as (
    insert into placement_delta (class_id, device_ids, files, bytes)
    select "classId", "deviceIds", count(*), sum(bytes) from stored group by 1, 2
  ), noted as (
    insert into change (kind, domain_id, key, fid, class_id, bytes)
    select 'create', "domainId", key, fid, "classId", bytes from stored
  ), sought as (
    -- no device is known to hold it: all are searched
    insert into lost (fid, fsck_id) select fid, 0 from stored where "deviceIds" = '{}'
    on conflict do nothing
  )
  select count(*)::int from stored
$$;

-- Makes room for the keys of a page. What was written here since keeps its key: the fids that
-- cannot have theirs are returned.
create function make_room(page json, up_to bigint)
returns setof bigint language plpgsql as $$
begin
  update file set key = parked_key(file.fid)
  from json_to_recordset(page) as old (fid bigint, "domainId" int, key text)
  where file.domain_id = "domainId" and file.key = old.key
    and file.fid <> old.fid and file.fid <= up_to;
  return query
    select old.fid from json_to_recordset(page) as old (fid bigint, "domainId" int, key text)
    join file on file.domain_id = "domainId" and file.key = old.key and file.fid <> old.fid;
end $$;

-- Brings the files of a page that are here to what MogileFS says of them; returns how many differed.
create function adopt_differences(page json)
returns int language plpgsql as $$
declare
  differing bigint[];
  missing record;
  surplus record;
begin
  with changed as (
    update file set domain_id = "domainId", key = old.key, class_id = "classId",
      checksum = case when file.checksum = 'none' then old.checksum else file.checksum end
    from json_to_recordset(page)
      as old (fid bigint, "domainId" int, key text, "classId" int, checksum text)
    where file.fid = old.fid
      and ((file.domain_id, file.key, file.class_id)
          is distinct from ("domainId", old.key, "classId")
        or (file.checksum = 'none' and old.checksum <> 'none'))
    returning file.fid
  )
  select coalesce(array_agg(fid), '{}') into differing from changed;

  select coalesce(array_agg(fid), '{}') as fids, coalesce(array_agg(device_id), '{}') as device_ids
  into missing
  from json_to_recordset(page) as old (fid bigint, "deviceIds" int[])
    join file using (fid) cross join lateral unnest("deviceIds") as on_device (device_id)
  where not exists (
      select from replica where replica.fid = old.fid and replica.device_id = on_device.device_id)
    and not exists ( -- found damaged here, and about to be erased
      select from job where job.fid = old.fid and job.device_id = on_device.device_id);
  select coalesce(array_agg(fid), '{}') as fids, coalesce(array_agg(device_id), '{}') as device_ids
  into surplus
  from json_to_recordset(page) as old (fid bigint, "deviceIds" int[])
    join file using (fid) join replica using (fid) join adopted_device using (device_id)
    join device using (device_id)
  where device_id <> all("deviceIds") and state <> 'dead';

  if missing.fids <> '{}' then
    perform record_copies(missing.fids, missing.device_ids);
    delete from lost where fid = any(missing.fids) and device_id is null;
  end if;
  if surplus.fids <> '{}' then
    perform forget_copies(surplus.fids, surplus.device_ids);
  end if;
  return (select count(distinct fid)
    from unnest(differing || missing.fids || surplus.fids) as different (fid));
end $$;

-- One page of the walk: all of MogileFS's files between two fids, those that map and those that do
-- not. In one transaction with the cursor: killed at any point, a walk goes on where it was. No row:
-- the cursor stands elsewhere, for another import is under way.
create function adopt_page(from_fid bigint, to_fid bigint, page json, unmapped json)
returns table (added int, changed int, gone int, not_mapped int) language plpgsql as $$
declare
  its adoption;
  refused bigint[] := '{}';
  fitting json := page;
begin
  update adoption set next_fid = to_fid + 1
  where next_fid = from_fid and finished_at is null returning * into its;
  if not found then return; end if;

  added := adopt_new_files(page);
  changed := 0;
  if added < json_array_length(page) then
    refused := array(select make_room(page, its.last_fid));
    if refused <> '{}' then
      fitting := (select coalesce(json_agg(each), '[]') from json_array_elements(page) as each
        where (each ->> 'fid')::bigint <> all(refused));
    end if;
    changed := adopt_differences(fitting);
    added := added + adopt_new_files(fitting);
  end if;

  insert into adoption_gone (fid)
  select fid from file
  where fid between from_fid and least(to_fid, its.last_fid) and fid not in (
    select fid from json_to_recordset(page) as old (fid bigint)
    union all select fid from json_to_recordset(unmapped) as old (fid bigint))
  on conflict do nothing;
  get diagnostics gone = row_count;

  delete from adoption_unmapped where fid between from_fid and to_fid;
  insert into adoption_unmapped (fid, bytes, copies, reason)
  select fid, bytes, copies, reason
  from json_to_recordset(unmapped) as un (fid bigint, bytes bigint, copies int, reason text)
  where not exists (select from file where file.fid = un.fid);
  if added < json_array_length(page) then
    insert into adoption_unmapped (fid, bytes, copies, reason, deleted_here)
    select fid, bytes, cardinality("deviceIds"), case when fid = any(refused)
      then 'its key was written here since' else 'it was deleted here since' end,
      fid <> all(refused)
    from json_to_recordset(page) as old (fid bigint, bytes bigint, "deviceIds" int[])
    where not exists (select from file where file.fid = old.fid);
  end if;
  not_mapped := (select count(*) from adoption_unmapped where fid between from_fid and to_fid);
  return next;
end $$;

-- Deletes some of what MogileFS deleted; returns how many were looked at. 0: all are done.
create function bury_gone(at_most int) returns int language sql as $$
  with due as (
    delete from adoption_gone
    where fid in (select fid from adoption_gone order by fid limit at_most)
    returning fid
  ), buried as (
    delete from file using due where file.fid = due.fid
  )
  select count(*)::int from due
$$;

-- The walk has come to its end. What files of these classes are short of is looked for anew.
create function end_walk() returns void language sql as $$
  update adoption set next_fid = null, walks = walks + 1 where next_fid is not null;
  delete from review
$$;

-- The takeover is finished: MogileFS's trackers were stopped before the walk that ended last. Its
-- devices are ours, in the states that it had for them, and what nothing names on them is erased.
create function finish_adoption(devices json) returns int language plpgsql as $$
declare
  its adoption;
  taken int;
begin
  update adoption set finished_at = now()
  where next_fid is null and walks > 0 and finished_at is null returning * into its;
  if not found then return null; end if;
  update fid_mark set settled_at = now() where fid = its.last_fid;
  update device set swept_fid = 0, state = old.state
  from adopted_device join json_to_recordset(devices) as old ("deviceId" int, state text)
    on device_id = "deviceId"
  where device.device_id = adopted_device.device_id
    and device.state = 'readonly'; -- an operator's word since stays
  get diagnostics taken = row_count;
  return taken;
end $$;
