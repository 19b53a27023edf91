-- What few closes need. A statement pays for each node of its plan before it runs, needed or not;
-- for a function it pays when it calls it.

-- Of these uploads, in the order of their fids, those that their domains have no room for, by what
-- is committed now: closes that are under way at once do not see each other.
create function over_quota(fids bigint[], domain_ids int[], keys text[], sizes bigint[])
returns bigint[] language plpgsql stable as $$
begin
  return array(
    select fid from (
      select chosen.fid, usage.*,
        sum(case when file.fid is null then 1 else 0 end) over so_far as more_files,
        sum(chosen.bytes - coalesce(file.bytes, 0)) over so_far as more_bytes
      from unnest(fids, domain_ids, keys, sizes) as chosen (fid, domain_id, key, bytes)
      join (
        select domain_id, quota_files, quota_bytes, used_files, used_bytes
        from domain cross join lateral domain_usage(domain_id)
        where (quota_files is not null or quota_bytes is not null) and domain_id = any(domain_ids)
      ) as usage using (domain_id)
      left join file on file.domain_id = chosen.domain_id and file.key = chosen.key
      window so_far as (partition by chosen.domain_id order by chosen.fid)
    ) as added
    where (more_files > 0 and used_files + more_files > quota_files)
      or (more_bytes > 0 and used_bytes + more_bytes > quota_bytes));
end $$;

-- Locks what the key holds, if that is expected: where it is deleted meanwhile, nothing may be
-- linked in its place.
create function locks_expected(its_domain_id int, its_key text, expected text[])
returns boolean language plpgsql as $$
begin
  perform from file
  where domain_id = its_domain_id and key = its_key
    and array['*', fid::text, checksum] && expected
  for no key update;
  return found;
end $$;

-- Those of the devices that are said to hold a file which were offered and are not dead.
create function living_holders(said int[], offered int[])
returns int[] language plpgsql stable as $$
begin
  return array(
    select device_id from device
    where device_id = any(said) and device_id = any(offered) and state <> 'dead'
    order by 1);
end $$;

-- The hosts of these devices, as the upload offered them.
create function hosts_of(its_device_ids int[], device_ids int[], host_ids int[])
returns int[] language plpgsql immutable as $$
begin
  return array(
    select distinct host_ids[array_position(device_ids, its_device_id)]
    from unnest(its_device_ids) as its_device_id);
end $$;

-- Orders the end of what was stored for a file that is not to be. False: it is not linked.
create function erase_unlinked(its_fid bigint, its_device_ids int[])
returns boolean language plpgsql as $$
begin
  insert into job (host_id, kind, fid, device_id, priority)
  select host_id, 'delete', its_fid, device_id, 3
  from device where device_id = any(its_device_ids) and state <> 'dead';
  return false;
end $$;
