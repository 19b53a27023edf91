-- The feed of changes as it is read: domain by domain, by cursor, pruned by age, and told to those
-- who asked to be told.

-- What happened in this domain behind this cursor?
alter table change drop constraint change_pkey, add primary key (domain_id, xid, change_id);

-- Up to where a domain's feed was pruned: a cursor before it has missed something.
create table change_floor (
  domain_id int primary key,
  xid xid8 not null,
  change_id bigint not null
);

-- Who is told of a domain's changes: in order, each batch until it was taken. What signs them is
-- derived from the tracker's secret and the number here, and rests nowhere.
create table webhook (
  webhook_id int generated always as identity primary key,
  domain_id int not null references domain on delete cascade,
  url text not null,
  paused boolean not null default false,
  xid xid8 not null, -- told up to here
  change_id bigint not null default 0,
  failures int not null default 0, -- since the last success
  last_error text,
  told_at timestamptz, -- the last success
  try_at timestamptz not null default now(), -- also while a tracker is telling
  constraint "a webhook has an address" check (url ~ '^https?://')
);
-- Who is to be told now?
create index webhook_due on webhook (try_at) where not paused;
create trigger "an operator's change is recorded"
  after insert or delete or update of url, paused on webhook
  for each row execute function record_audit('webhook_id', 'domain_id', 'url', 'paused');

insert into sweep (name) values ('push-changes'), ('prune-changes');
