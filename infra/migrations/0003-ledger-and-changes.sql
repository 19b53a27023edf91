-- What must happen with every change of the namespace or of a file's copies happens here, so that
-- no statement can forget it: burial (I7), the feed of changes, the ledger. New files alone are
-- written by their close, which is the hot path and does all of it in its one statement.

-- A buried fid is all that its file was: it can be had back until it is erased.
alter table tombstone
  add domain_id int,
  add key text collate "C",
  add class_id int,
  add bytes bigint,
  add checksum text,
  add content_type text,
  add metadata jsonb,
  add stored_at timestamptz, -- the file's created_at
  add erase_at timestamptz not null default now();
-- What is to be erased now?
create index tombstone_due on tombstone (erase_at);
-- What can be had back, by its key?
create index tombstone_in_trash on tombstone (domain_id, key, fid) where erase_at > created_at;

-- What happened to the namespace, in the transaction in which it happened. Read in the order of
-- (xid, change_id), and only below pg_snapshot_xmin: what commits later sorts later.
create table change (
  xid xid8 not null default pg_current_xact_id(),
  change_id bigint generated always as identity,
  kind text not null,
  domain_id int not null,
  key text collate "C" not null,
  fid bigint not null,
  prev_fid bigint, -- overwrite: what was replaced
  prev_key text collate "C", -- rename: the key before
  class_id int not null,
  bytes bigint not null,
  at timestamptz not null default now(),
  primary key (xid, change_id),
  constraint "a change is of a known kind" check (kind in (
    'create', 'overwrite', 'rename', 'class', 'metadata', 'delete', 'restore'))
);

-- The ledger: how many live files of a class lie on exactly these devices. What a dead device
-- costs, what a class is short of, what a domain holds: sums over it, known at once.
create table placement_count (
  class_id int not null,
  device_ids int[] not null, -- ascending
  files bigint not null,
  bytes bigint not null,
  since timestamptz not null default now(), -- when the first of these files came to lie so
  primary key (class_id, device_ids)
) with (fillfactor = 50);

-- What is not added to it yet: rows that many write must not be rows that all wait for.
create table placement_delta (
  delta_id bigint generated always as identity,
  class_id int not null,
  device_ids int[] not null,
  files bigint not null,
  bytes bigint not null
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);

-- Both together: the ledger as of now.
create function placements()
returns table (class_id int, device_ids int[], files bigint, bytes bigint, since timestamptz)
language sql stable as $$
  select class_id, device_ids, sum(files)::bigint, sum(bytes)::bigint, min(since)
  from (
    select class_id, device_ids, files, bytes, since from placement_count
    union all select class_id, device_ids, files, bytes, null from placement_delta
  ) as counted
  group by class_id, device_ids having sum(files) <> 0
$$;

insert into placement_delta (class_id, device_ids, files, bytes)
  select class_id, device_ids, count(*), sum(bytes)
  from (
    select class_id, bytes,
      array(select device_id from replica where replica.fid = file.fid order by 1) as device_ids
    from file) as lying
  group by class_id, device_ids;

insert into sweep (name) values ('fold-placements');

-- Which files does this class have, in order? (a change of the class walks them)
create index file_of_class_in_order on file (class_id, fid);
drop index file_of_class;

-- A fid that no key points at any more: its tombstone, its place in the ledger, the news.
-- Exact, because who records a copy locks the file's row, as this update or delete has.
create function bury() returns trigger language plpgsql as $$
begin
  insert into tombstone (fid, domain_id, key, class_id, bytes, checksum, content_type, metadata,
    stored_at, erase_at)
  select old.fid, old.domain_id, old.key, old.class_id, old.bytes, old.checksum, old.content_type,
    old.metadata, old.created_at, now() + trash_s * interval '1 s'
  from class where class_id = old.class_id;
  insert into placement_delta (class_id, device_ids, files, bytes) values (old.class_id,
    array(select device_id from replica where fid = old.fid order by 1), -1, -old.bytes);
  if tg_op = 'DELETE' then
    insert into change (kind, domain_id, key, fid, class_id, bytes)
    values ('delete', old.domain_id, old.key, old.fid, old.class_id, old.bytes);
  end if;
  return null;
end $$;
create trigger "a deleted fid is buried"
  after delete on file for each row execute function bury();
create trigger "a replaced fid is buried"
  after update on file for each row when (old.fid <> new.fid) execute function bury();

-- The same fid under another key, of another class, or with another description.
create function note_change() returns trigger language plpgsql as $$
begin
  if new.class_id <> old.class_id then
    insert into placement_delta (class_id, device_ids, files, bytes)
    select class_id, device_ids, files, files * new.bytes
    from (values (old.class_id, -1), (new.class_id, 1)) as moved (class_id, files),
      (select array(select device_id from replica where fid = new.fid order by 1) as device_ids)
        as lying;
  end if;
  insert into change (kind, domain_id, key, fid, prev_key, class_id, bytes)
  select kind, new.domain_id, new.key, new.fid, prev_key, new.class_id, new.bytes
  from (values
    ('rename', old.key, new.key <> old.key),
    ('class', null, new.class_id <> old.class_id),
    ('metadata', null, (new.content_type, new.metadata)
      is distinct from (old.content_type, old.metadata))
  ) as happened (kind, prev_key, did) where did;
  return null;
end $$;
create trigger "a change of a file is noted"
  after update on file for each row when (old.fid = new.fid) execute function note_change();

-- The files among these, locked: their copies are counted one writer after the other, and what
-- the writer before did is visible to the next statement of the function that called.
create function lock_files(fids bigint[]) returns void language sql volatile as $$
  select count(*) from (
    select from file where fid = any(fids) order by fid for no key update) as locked
$$;

-- Records verified copies (I2) of the files that live; returns their fids. The others' bytes are
-- nobody's: whoever called has them erased.
create function record_copies(fids bigint[], device_ids int[])
returns setof bigint language plpgsql as $$
begin
  perform lock_files(fids);
  return query
  with copy as (
    select distinct fid, device_id from unnest(fids, device_ids) as arrived (fid, device_id)
  ), living as (
    select file.fid, class_id, bytes,
      array(select replica.device_id from replica where replica.fid = file.fid) as were
    from file where file.fid = any(fids)
  ), stored as (
    insert into replica (fid, device_id)
    select fid, device_id from copy join living using (fid)
    on conflict do nothing
    returning fid, device_id
  ), moved as (
    select class_id, bytes, were, were || array_agg(device_id) as are
    from living join stored using (fid) group by fid, class_id, bytes, were
  ), counted as (
    insert into placement_delta (class_id, device_ids, files, bytes)
    select class_id, placed, sum(files), sum(files * bytes)
    from moved cross join lateral (values (were, -1), (are, 1)) as side (ids, files)
      cross join lateral (select array(select unnest(ids) order by 1) as placed) as sorted
    group by class_id, placed
  )
  select fid from living;
end $$;

-- Forgets copies, but never a live file's last one (I4): that row says where the bytes were. Those
-- that were forgotten are returned.
create function forget_copies(fids bigint[], device_ids int[])
returns table (forgotten_fid bigint, forgotten_device_id int) language plpgsql as $$
begin
  perform lock_files(fids);
  return query
  with doomed as (
    select distinct fid, device_id from unnest(fids, device_ids) as given (fid, device_id)
  ), living as (
    select file.fid, class_id, bytes,
      array(select replica.device_id from replica where replica.fid = file.fid) as were
    from file where file.fid = any(fids)
  ), spared as (
    -- no copy would be left on a device that is not dead
    select fid from living where not exists (
      select from replica join device using (device_id)
      where replica.fid = living.fid and state <> 'dead'
        and (replica.fid, replica.device_id) not in (select fid, device_id from doomed))
  ), gone as (
    delete from replica using doomed
    where replica.fid = doomed.fid and replica.device_id = doomed.device_id
      and replica.fid not in (select fid from spared)
    returning replica.fid, replica.device_id
  ), moved as (
    select class_id, bytes, were,
      array(select unnest(were) except select unnest(array_agg(device_id))) as are
    from living join gone using (fid) group by fid, class_id, bytes, were
  ), counted as (
    insert into placement_delta (class_id, device_ids, files, bytes)
    select class_id, placed, sum(files), sum(files * bytes)
    from moved cross join lateral (values (were, -1), (are, 1)) as side (ids, files)
      cross join lateral (select array(select unnest(ids) order by 1) as placed) as sorted
    group by class_id, placed
  )
  select fid, device_id from gone;
end $$;
