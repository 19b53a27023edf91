-- What was deleted or replaced can be had back while its tombstone is kept.

-- Whoever changes the copies of files waits for who has one of them back from the trash just now:
-- a fid is a tombstone before, and a file afterwards, and its copies are counted with the file.
create or replace function lock_files(fids bigint[]) returns void language sql volatile as $$
  select count(*) from (
    select from tombstone where fid = any(fids) order by fid for key share) as locked;
  select count(*) from (
    select from file where fid = any(fids) order by fid for no key update) as locked
$$;

-- A live file as clients see it.
create function file_detail(its_fid bigint) returns json language sql stable as $$
  select json_build_object('domain', domain.name, 'key', key, 'fid', fid, 'class', class.name,
    'bytes', bytes, 'checksum', checksum, 'contentType', content_type, 'metadata', metadata,
    'createdAtMs', floor(extract(epoch from file.created_at) * 1000),
    'deviceIds', array(select device_id from replica where replica.fid = file.fid order by 1))
  from file join domain using (domain_id) join class using (class_id)
  where fid = its_fid
$$;

-- Has a fid back under its own key or another. In a function, for its copies are to be counted as
-- they are when the lock of the tombstone was let through. What the key held is buried in turn.
--   restored: it is there, perhaps since the same was asked before
--   absent: it is not in the trash of this domain; lost: no copy is left
--   unmet: the key does not hold what was expected
create function restore_file(
  its_domain text, its_fid bigint, to_key text, expected text[], unwanted text[])
returns table (outcome text, replaced_fid bigint, detail json) language plpgsql as $$
declare
  buried tombstone;
  its_class int;
  replaced bigint;
begin
  select tombstone.* into buried from tombstone join domain using (domain_id)
  where tombstone.fid = its_fid and domain.name = its_domain for update of tombstone;
  if not found then
    return query
      select 'restored', file.prev_fid, file_detail(its_fid)
      from file join domain using (domain_id)
      where file.fid = its_fid and domain.name = its_domain and key = coalesce(to_key, key);
    if not found then return query select 'absent', null::bigint, null::json; end if;
    return;
  end if;
  if buried.erase_at <= now() or buried.erase_at <= buried.created_at then
    return query select 'absent', null::bigint, null::json;
    return;
  end if;
  perform from replica join device using (device_id) where fid = its_fid and state <> 'dead';
  if not found then return query select 'lost', null::bigint, null::json; return; end if;

  to_key := coalesce(to_key, buried.key);
  perform from file
  where domain_id = buried.domain_id and key = to_key
    and array['*', fid::text, checksum] && expected for no key update;
  if not found and expected is not null then
    return query select 'unmet', null::bigint, null::json;
    return;
  end if;
  select class_id into its_class from class
  where domain_id = buried.domain_id and (class_id = buried.class_id or name = 'default')
  order by class_id <> buried.class_id limit 1; -- its own may be gone
  insert into file (domain_id, key, fid, class_id, bytes, checksum, content_type, metadata,
    created_at)
  values (buried.domain_id, to_key, its_fid, its_class, buried.bytes, buried.checksum,
    buried.content_type, buried.metadata, buried.stored_at)
  on conflict (domain_id, key) do update set
    fid = excluded.fid, prev_fid = file.fid, class_id = excluded.class_id,
    bytes = excluded.bytes, checksum = excluded.checksum, content_type = excluded.content_type,
    metadata = excluded.metadata, created_at = excluded.created_at
  where (array['*', file.fid::text, file.checksum] && unwanted) is not true
  returning prev_fid into replaced;
  if not found then return query select 'unmet', null::bigint, null::json; return; end if;

  delete from tombstone where fid = its_fid;
  insert into placement_delta (class_id, device_ids, files, bytes) values (its_class,
    array(select device_id from replica where fid = its_fid order by 1), 1, buried.bytes);
  insert into change (kind, domain_id, key, fid, prev_fid, class_id, bytes)
  values ('restore', buried.domain_id, to_key, its_fid, replaced, its_class, buried.bytes);
  -- it may have lost copies meanwhile, and its class may have changed
  insert into shortfall (fid, reason) values (its_fid, 'it was restored')
  on conflict (fid) do update set try_at = now(), version = shortfall.version + 1;
  return query select 'restored', replaced, file_detail(its_fid);
end $$;
