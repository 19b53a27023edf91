-- Copies that leave their device. A move that is refused is counted and goes: whoever wants the
-- device empty comes round again, and no row waits for what may never be possible.
alter table move drop column failures, drop column version, drop column reason;

-- Why copies could not leave a device, in the lap of its drain or in the rebalance that is on.
create table refusal (
  device_id int not null,
  rebalance boolean not null,
  reason text not null,
  files bigint not null,
  bytes bigint not null,
  at timestamptz not null default now(), -- of the last one
  primary key (device_id, rebalance, reason)
);

-- The rebalance: its policy, and how far it is. One at a time, as in MogileFS.
--   idle: not begun, or forgotten; running; stopped: goes on where it was when it is started again;
--   finished: every source is done and every move is over.
create table rebalance (
  only_row boolean primary key default true,
  policy text, -- as the operator wrote it
  state text not null default 'idle',
  files_left bigint, -- of a limit for all sources together; null: no such limit
  bytes_left bigint,
  files_moved bigint not null default 0,
  bytes_moved bigint not null default 0,
  started_at timestamptz,
  stopped_at timestamptz,
  finished_at timestamptz,
  constraint "there is one rebalance" check (only_row),
  constraint "a rebalance state is one of four"
    check (state in ('idle', 'running', 'stopped', 'finished'))
);
insert into rebalance default values;

-- A device that the rebalance takes copies from, and how far its walk is.
create table rebalance_source (
  device_id int primary key,
  at_fid bigint, -- the walk has come so far; null: not begun
  files_left bigint, -- of a limit for each source; null: no such limit
  bytes_left bigint,
  files_queued bigint not null default 0,
  bytes_queued bigint not null default 0,
  done boolean not null default false,
  walked_at timestamptz not null default '-infinity' -- sources take turns
);

insert into sweep (name) values ('rebalance');
