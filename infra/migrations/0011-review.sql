-- Files are brought to their policy without a command, and copies leave their device when they are
-- to: what is walked, how far, and what waits.

-- The walk through the files of a class, begun whenever its policy, its number of copies or the
-- shape of the cluster changed, and once in a while.
create table review (
  class_id int primary key references class on delete cascade,
  made_for text not null, -- a digest of all that the policy's verdicts depend on
  changed_at timestamptz not null default now(), -- when that last changed
  level smallint not null, -- 0: only files with one live copy or none are looked for; 1: all
  next_fid bigint, -- everything before it was looked at; null: at rest
  lap_at timestamptz not null, -- at rest: when another lap begins though nothing changed
  constraint "a review has two levels" check (level in (0, 1))
);

-- Devices that could take copies when files that wait were last looked at again: a device that is
-- not among them is news for all that wait for room.
create table awakening (
  only_row boolean primary key default true,
  able int[] not null default '{}',
  next_fid bigint, -- waiting files before it were woken; null: at rest
  woken_at timestamptz not null default '-infinity',
  constraint "there is one awakening" check (only_row)
);
insert into awakening default values;

-- A copy that is to leave its device: planning counts it as not there, orders another one, and
-- drops it when the file is content without it. Rows come in windows, from a drained device's
-- cursor or a rebalance, and go when the copy is gone, or the move is refused or called off.
create table move (
  fid bigint not null,
  device_id int not null,
  rebalance boolean not null, -- else its device is drained
  replacements int[] not null default '{}', -- devices where this move ordered a copy
  failures smallint not null default 0,
  version int not null default 0, -- raised by every change: a plan made for an older one is void
  reason text, -- why it did not go on when last looked at
  since timestamptz not null default now(),
  try_at timestamptz not null default now(),
  primary key (fid, device_id)
);
-- Which moves are due?
create index move_due on move (try_at);
-- Which copies are to leave this device?
create index move_of_device on move (device_id, fid);

alter table device
  add drained_fid bigint not null default 0, -- drained: replicas up to here have their move
  add drain_at timestamptz not null default now(), -- drained: when the next lap begins
  add declared_dead_at timestamptz; -- when it was given up without an operator's word

-- A buried fid with a copy on a host whose queue is full waits here, out of the others' way.
alter table tombstone add held_at timestamptz;
-- What is to be erased now?
create index tombstone_free on tombstone (erase_at) where held_at is null;
drop index tombstone_due;
-- What waits for room in a queue, the longest first?
create index tombstone_held on tombstone (held_at) where held_at is not null;

alter table sweep add note text; -- what keeps it from its work, if anything does
insert into sweep (name) values
  ('declare-dead'), ('drain-devices'), ('plan-moves'), ('review-files'), ('wake-shortfalls');

-- Files that are short and due, counted up to a bound: parked ones do not keep others out.
create function due_shortfalls(at_most int) returns int language sql stable as $$
  select coalesce(sum(due), 0)::int from generate_series(0, 3) as level cross join lateral (
    select count(*) as due from (
      select from shortfall where priority = level and try_at <= now() limit at_most) as few
  ) as counted
$$;

-- Hosts with so many jobs waiting that no more should be made for them: work waits as state.
create function full_hosts(at_most int) returns setof int language sql stable as $$
  select host_id from host
  where at_most <= (
    select count(*) from (
      select from job where job.host_id = host.host_id limit at_most) as waiting)
$$;

-- Takes copies away and has their bytes erased, where all those that must stay are there and no
-- copy of the file is being made. Returns what was dropped. In a function, for what is checked
-- must be what the lock of the file has let through.
create function drop_copies(fids bigint[], device_ids int[], keeps text[], max_jobs int)
returns table (dropped_fid bigint, dropped_device_id int) language plpgsql as $$
declare
  right_fids bigint[];
  right_device_ids int[];
begin
  perform lock_files(fids);
  select array_agg(fid), array_agg(device_id) into right_fids, right_device_ids
  from unnest(fids, device_ids, keeps) as doomed (fid, device_id, keep)
  join device using (device_id)
  where host_id not in (select full_hosts(max_jobs))
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
