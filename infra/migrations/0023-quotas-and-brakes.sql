-- What a domain holds now, by the ledger: live files, each counted once however many its copies.
create function domain_usage(its_domain int) returns table (used_files bigint, used_bytes bigint)
language sql stable as $$
  select coalesce(sum(files), 0)::bigint, coalesce(sum(bytes), 0)::bigint
  from (
    select class_id, files, bytes from placement_count
    union all select class_id, files, bytes from placement_delta
  ) as counted
  where class_id in (select class_id from class where domain_id = its_domain)
$$;

-- How many deletions an API key may still make: trackers take them from here, a few at a time, so
-- that all of them see the same number. A row that is gone is a brake released.
create table deletion_budget (
  api_key_id int primary key references api_key on delete cascade,
  began_at timestamptz not null, -- when its first deletion of this span was asked for
  taken int not null, -- by trackers, of what the setting allows
  constraint "a budget is not negative" check (taken >= 0)
) with (fillfactor = 50);
