-- An empty database is filled from what agents tell of their disks. What they tell is laid down here
-- first, in any order and as often as one likes; then looked at; then made files of, in windows.

-- How far a rebuild is. Idle: there is none, and none may begin where there are files.
create table rebuild (
  only_row boolean primary key default true,
  state text not null default 'idle',
  cluster_id uuid, -- whose disks these are
  definitions jsonb, -- the newest that a disk held
  defined_ms bigint not null default 0,
  applied_fid bigint not null default 0, -- files up to here are placed, where they can be
  constraint "there is one rebuild" check (only_row),
  constraint "a rebuild is in one of four states"
    check (state in ('idle', 'loading', 'applying', 'done'))
);
insert into rebuild default values;

-- The disks that were read, and up to where. One that was not read to its end stays down.
create table rebuild_device (
  device_id int primary key,
  loaded_fid bigint not null default 0,
  is_whole boolean not null default false
);

-- Every fid that lies on a disk or that one remembers, with the newest word about it of all disks.
create table rebuild_file (
  fid bigint primary key,
  domain text collate "C",
  key text collate "C",
  entry jsonb, -- null: nobody has described it
  read_ms bigint not null default 0, -- when the database said so
  deleted_ms bigint not null default 0 -- when it was seen to be gone
);
-- Is there a newer revision of this key?
create index rebuild_file_by_key on rebuild_file (domain, key, fid) where entry is not null;

-- Bytes on a disk that no replica row names yet. What stays here could not be placed: it is not
-- erased as unknown until somebody has it forgotten.
create table rebuild_copy (
  fid bigint not null,
  device_id int not null,
  bytes bigint not null,
  primary key (fid, device_id)
);

-- Whether some disk holds as many bytes as the description says.
create function rebuild_has_copy(its_fid bigint, its_bytes bigint) returns boolean
language sql stable as $$
  select exists (
      select from rebuild_copy as copy left join device using (device_id)
      where copy.fid = its_fid and copy.bytes = its_bytes and state is distinct from 'dead')
    or exists (select from replica where replica.fid = its_fid)
$$;

-- What becomes of each fid, and why.
create function rebuild_verdicts(fids bigint[])
returns table (fid bigint, domain text, key text, entry jsonb, verdict text)
language sql stable as $$
  select its.fid, its.domain, its.key, its.entry, case
    when exists (select from file where file.fid = its.fid) then 'placed'
    when entry is null then case when deleted_ms > 0 then 'deleted' else 'undescribed' end
    when deleted_ms >= read_ms then 'deleted'
    when not rebuild_has_copy(its.fid, (entry ->> 'bytes')::bigint) then 'lost'
    when exists (
      select from rebuild_file as newer
      where newer.domain = its.domain and newer.key = its.key and newer.fid > its.fid
        and newer.entry is not null and newer.deleted_ms < newer.read_ms
        and rebuild_has_copy(newer.fid, (newer.entry ->> 'bytes')::bigint)) then 'superseded'
    when exists (
      select from file join domain using (domain_id)
      where domain.name = its.domain and file.key = its.key) then 'superseded'
    when (select state <> 'loading' from rebuild)
      and not exists (select from domain where name = its.domain) then 'homeless'
    else 'placeable' end as verdict
  from rebuild_file as its where its.fid = any(fids)
$$;

-- What one disk tells, up to `to_fid`. Nothing is returned where a rebuild may not begin, or where
-- the disk is another cluster's. Fids that were given out are passed over by a wide margin: some may
-- lie on disks that nobody has read.
create function rebuild_load(its_cluster uuid, its_device int, files jsonb, to_fid bigint,
  whole boolean, defined jsonb, its_defined_ms bigint)
returns table (loaded_fid bigint) language plpgsql as $$
begin
  perform from rebuild for update;
  update rebuild set cluster_id = its_cluster, state = case state
      when 'idle' then 'loading' when 'done' then 'applying' else state end,
    applied_fid = least(applied_fid, coalesce((
      select min((given ->> 'fid')::bigint) - 1 from jsonb_array_elements(files) as given),
      applied_fid)),
    definitions = case when its_defined_ms > defined_ms then defined else definitions end,
    defined_ms = greatest(defined_ms, its_defined_ms)
  where cluster_id = its_cluster or (state = 'idle' and not exists (select from file)
    and not exists (select from domain) and not exists (select from host));
  if not found then return; end if;

  insert into rebuild_file as known (fid, domain, key, entry, read_ms, deleted_ms)
  select given.fid, entry ->> 'domain', entry ->> 'key', entry, read_ms, deleted_ms
  from jsonb_to_recordset(files) as given (fid bigint, entry jsonb, read_ms bigint,
    deleted_ms bigint)
  order by given.fid
  on conflict (fid) do update set
    domain = case when excluded.read_ms > known.read_ms then excluded.domain else known.domain end,
    key = case when excluded.read_ms > known.read_ms then excluded.key else known.key end,
    entry = case when excluded.read_ms > known.read_ms then excluded.entry else known.entry end,
    read_ms = greatest(known.read_ms, excluded.read_ms),
    deleted_ms = greatest(known.deleted_ms, excluded.deleted_ms);
  insert into rebuild_copy (fid, device_id, bytes)
  select given.fid, its_device, bytes
  from jsonb_to_recordset(files) as given (fid bigint, bytes bigint)
  where bytes is not null and not exists (select from replica
    where replica.fid = given.fid and replica.device_id = its_device)
  order by given.fid
  on conflict (fid, device_id) do update set bytes = excluded.bytes;
  perform setval('fid_sequence', greatest((select last_value from fid_sequence), 1000000 + coalesce(
    (select max((given ->> 'fid')::bigint) from jsonb_array_elements(files) as given), 0)));

  return query
  insert into rebuild_device as known (device_id, loaded_fid, is_whole)
  values (its_device, to_fid, whole)
  on conflict (device_id) do update set loaded_fid = greatest(known.loaded_fid, to_fid),
    is_whole = known.is_whole or whole
  returning known.loaded_fid;
end $$;

-- Domains, classes, hosts, devices, settings and API keys as they were, under their own numbers.
-- Devices are down until all that lies on them is known: what nobody names would be erased.
create function restore_definitions(doc jsonb) returns void language plpgsql as $$
declare
  counter text;
begin
  update cluster set cluster_id = (doc ->> 'clusterId')::uuid;
  insert into domain overriding system value
    select * from jsonb_populate_recordset(null::domain, doc -> 'domain') on conflict do nothing;
  insert into class overriding system value
    select * from jsonb_populate_recordset(null::class, doc -> 'class') on conflict do nothing;
  insert into host overriding system value
    select * from jsonb_populate_recordset(null::host, doc -> 'host') on conflict do nothing;
  insert into device (device_id, host_id, state, weight, declared_dead_at, marked_at)
    overriding system value
    select device_id, host_id, case state when 'dead' then state else 'down' end, weight,
      declared_dead_at, marked_at
    from jsonb_populate_recordset(null::device, doc -> 'device') on conflict do nothing;
  insert into setting
    select * from jsonb_populate_recordset(null::setting, doc -> 'setting') on conflict do nothing;
  insert into api_key (label, key_hash, domain_id, scopes, created_at, public_key)
    select label, key_hash, domain_id, scopes, created_at, public_key
    from jsonb_populate_recordset(null::api_key, doc -> 'api_key') on conflict do nothing;
  foreach counter in array array['domain', 'class', 'host', 'device'] loop
    execute format(
      'select setval(pg_get_serial_sequence(%1$L, %2$L), greatest(max(%2$I), 1)) from %1$I',
      counter, counter || '_id');
  end loop;
end $$;

-- A window of fids: those that can be placed are files again, and all their copies are theirs.
-- The end gives the devices that were read to their end the states that they had.
create function rebuild_apply(at_most int, actor text)
returns table (looked_at int, placed int, is_done boolean) language plpgsql as $$
declare
  its rebuild;
  fids bigint[];
  linked int := 0;
begin
  perform set_config('mog.actor', actor, true);
  select * into its from rebuild for update;
  if its.state = 'done' then return query select 0, 0, true; end if;
  if its.state not in ('loading', 'applying') or its.definitions is null then return; end if;
  if its.state = 'loading' then
    perform restore_definitions(its.definitions);
    update rebuild set state = 'applying';
  end if;
  fids := array(
    select fid from rebuild_file where fid > its.applied_fid order by fid limit at_most);

  with placeable as (
    select fid, entry from rebuild_verdicts(fids) where verdict = 'placeable'
  ), found as (
    insert into file (domain_id, key, fid, class_id, bytes, checksum, content_type, metadata,
      created_at)
    select domain.domain_id, entry ->> 'key', fid, class_id, (entry ->> 'bytes')::bigint,
      entry ->> 'checksum', entry ->> 'contentType', coalesce(entry -> 'metadata', '{}'),
      to_timestamp((entry ->> 'createdAtMs')::float8 / 1000)
    from placeable join domain on domain.name = entry ->> 'domain' cross join lateral (
      -- its own may be gone
      select class_id from class where class.domain_id = domain.domain_id
        and class.name in (entry ->> 'class', 'default')
      order by class.name <> entry ->> 'class' limit 1) as its_class
    order by domain.domain_id, entry ->> 'key'
    on conflict do nothing
    returning class_id, bytes
  ), counted as (
    insert into placement_delta (class_id, device_ids, files, bytes)
    select class_id, '{}', count(*), sum(bytes) from found group by class_id
  )
  select count(*) into linked from found;
  perform count(*) from record_copies(
    array(select copy.fid from rebuild_good_copy(fids) as copy order by fid, device_id),
    array(select copy.device_id from rebuild_good_copy(fids) as copy order by fid, device_id));
  delete from rebuild_copy using replica
  where rebuild_copy.fid = any(fids) and replica.fid = rebuild_copy.fid
    and replica.device_id = rebuild_copy.device_id;

  if cardinality(fids) = at_most then
    update rebuild set applied_fid = fids[at_most];
  else
    update rebuild set applied_fid = coalesce(fids[cardinality(fids)], applied_fid), state = 'done';
    update device set state = was.state
    from rebuild_device join jsonb_populate_recordset(null::device, its.definitions -> 'device')
      as was using (device_id)
    where device.device_id = was.device_id and is_whole and device.state = 'down';
  end if;
  return query select cardinality(fids), linked, cardinality(fids) < at_most;
end $$;

-- Copies that are as long as their files, on devices that live.
create function rebuild_good_copy(fids bigint[]) returns setof rebuild_copy
language sql stable as $$
  select copy.* from rebuild_copy as copy join file using (fid, bytes) join device using (device_id)
  where copy.fid = any(fids) and device.state <> 'dead'
$$;

-- As before, but that what a rebuild could not place is not erased as unknown.
create or replace function take_findings(its_fsck int, its_device int, from_fid bigint, to_fid bigint,
  its_files bigint, its_bytes bigint, findings jsonb)
returns table (kept_fid bigint) language plpgsql as $$
declare
  run fsck;
  its_host int;
  damaged bigint[];
  forgot bigint[];
  unknown bigint[];
  searched bigint[];
begin
  select * into run from fsck where fsck_id = its_fsck and state = 'running';
  if not found then return; end if;
  update look set next_fid = to_fid + 1, files = files + its_files, bytes = bytes + its_bytes,
    done_at = case when to_fid >= last_fid then now() end
  where fsck_id = its_fsck and device_id = its_device
    and next_fid = from_fid and to_fid <= last_fid and done_at is null;
  if not found then return; end if;
  select host_id into its_host from device where device_id = its_device;

  perform lock_files(array(
    select (finding ->> 'fid')::bigint from jsonb_array_elements(findings) as finding
    where finding ->> 'code' <> 'UNKN'));
  damaged := array(
    select fid
    from jsonb_to_recordset(findings) as finding (fid bigint, code text, version bigint)
    join file using (fid) join replica using (fid)
    where code <> 'UNKN' and replica.device_id = its_device
      and replica.xmin::text::bigint = version
    order by fid);
  forgot := array(select forgotten_fid
    from forget_copies(damaged, array_fill(its_device, array[cardinality(damaged)])));

  with erasing as (
    -- a damaged copy's bytes are in quarantine by now, also under another name
    insert into job (host_id, kind, fid, device_id, priority)
    select its_host, 'delete', fid, its_device, 3
    from jsonb_to_recordset(findings) as finding (fid bigint, code text)
    where (fid = any(forgot) and code <> 'MISS') or (code = 'UNKN'
      and fid <= coalesce((select max(mark.fid) from fid_mark as mark
        where mark.fid < coalesce((select min(early.fid) from fid_mark as early
          where early.settled_at > now()), 'infinity'::float8)), 0)
      and not exists (select from replica
        where replica.fid = finding.fid and replica.device_id = its_device)
      and not exists (select from upload where upload.fid = finding.fid)
      and not exists (select from lost where lost.fid = finding.fid)
      and not exists (select from rebuild_copy
        where rebuild_copy.fid = finding.fid and rebuild_copy.device_id = its_device))
    on conflict (fid, device_id) do nothing
    returning fid
  )
  select array_agg(fid) into unknown from erasing where fid <> all(forgot);

  -- what may be the bytes of a file that is gone is worth another search
  update lost set lost_no = default, gone_at = null
  where gone_at is not null and fid in (select fid
    from jsonb_to_recordset(findings) as finding (fid bigint, code text) where code = 'UNKN');

  insert into shortfall (fid, reason, priority)
  select fid, 'a copy was missing or damaged', case when (
    select count(*) from replica join device using (device_id)
    where replica.fid = short.fid and state <> 'dead') <= 1 then 0 else 2 end
  from unnest(forgot) as short (fid)
  on conflict (fid) do update set try_at = now(), version = shortfall.version + 1,
    priority = least(shortfall.priority, excluded.priority);

  with noted as (
    insert into lost (fid, fsck_id, device_id)
    select fid, its_fsck, its_device from unnest(damaged) as last (fid) where fid <> all(forgot)
    on conflict (fid) do nothing
    returning fid
  )
  select array_agg(fid) into searched from noted;

  perform tell_fsck(its_fsck, coalesce(jsonb_agg(event), '[]'))
  from (
    select jsonb_build_object('fid', fid, 'deviceId', its_device, 'code', code, 'detail', detail)
    from jsonb_to_recordset(findings) as finding (fid bigint, code text, detail text)
    where (code <> 'UNKN' and fid = any(damaged)) or (code = 'UNKN' and fid = any(unknown))
    union all select jsonb_build_object('fid', fid, 'code', 'REPL') from unnest(forgot) as short (fid)
    union all select jsonb_build_object('fid', fid, 'code', 'SRCH') from unnest(searched) as lost (fid)
  ) as told (event);

  if run.check_kind = 'checksums' and run.domain_id is null and run.prefix is null then
    perform note_verified(its_device, from_fid, to_fid);
    -- a last copy that was damaged and is not any more: a cable, not the bytes
    delete from lost where device_id = its_device and fid between from_fid and to_fid
      and fid <> all(damaged);
  end if;
  return query select fid from unnest(damaged) as last (fid) where fid <> all(forgot)
    union all select 0; -- the stretch was taken
end $$;
