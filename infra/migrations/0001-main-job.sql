-- The main job: the namespace, which file is where, and the work that keeps it so.
-- Postgres 15 and later, no extension. Times are the database's own clock.

-- One row: what this cluster is. Its id stands in every device's identity file.
create table cluster (
  cluster_id uuid not null default gen_random_uuid(),
  only_row boolean primary key default true,
  constraint "there is one cluster" check (only_row)
);
insert into cluster default values;

-- What operators changed at run time; names, bounds and defaults are in shared/settings.ts.
create table setting (
  name text primary key,
  value jsonb not null,
  changed_at timestamptz not null default now()
);

-- A flat namespace of keys.
create table domain (
  domain_id int generated always as identity primary key,
  name text collate "C" not null,
  created_at timestamptz not null default now(),
  constraint "domain names are unique" unique (name),
  constraint "a domain name has 1 to 255 bytes" check (octet_length(name) between 1 and 255)
);

-- A kind of file: how many copies there must be, and where.
create table class (
  class_id int generated always as identity primary key,
  domain_id int not null references domain on delete cascade,
  name text collate "C" not null,
  copies smallint not null default 2,
  policy text not null default 'MultipleHosts()',
  constraint "class names are unique in a domain" unique (domain_id, name),
  constraint "a class belongs to its domain" unique (domain_id, class_id),
  constraint "a class has 1 to 10 copies" check (copies between 1 and 10)
);

-- A machine with disks, and the agent that serves it.
create table host (
  host_id int generated always as identity primary key,
  name text collate "C" not null,
  state text not null default 'alive',
  url text, -- where clients reach the agent; null until it enrolled
  key_version int not null default 1, -- of the derived ticket key; the one before stays valid
  enrollment_hash text, -- of the token that admits the agent, once
  credential_hash text, -- of what the agent shows afterwards
  seen_at timestamptz, -- its last sync
  constraint "host names are unique" unique (name),
  constraint "a host credential belongs to one host" unique (credential_hash),
  constraint "an enrollment token belongs to one host" unique (enrollment_hash),
  constraint "a host state is one of four" check (state in ('alive', 'readonly', 'down', 'dead'))
) with (fillfactor = 50); -- every sync updates it in place

-- A disk. Numbers are given here and never reused. Gauges are what the agent last measured.
create table device (
  device_id int generated always as identity primary key,
  host_id int not null references host,
  state text not null default 'alive',
  weight int not null default 100,
  condition text,
  reason text,
  bytes_total bigint,
  bytes_free bigint,
  utilization real,
  swept_fid bigint not null default 0, -- fids up to here were compared with what lies on the disk
  reaped_fid bigint not null default 0, -- dead: replicas up to here were dealt with in this lap
  reap_at timestamptz not null default now(), -- dead: when the next lap begins
  constraint "a device state is one of five"
    check (state in ('alive', 'readonly', 'drain', 'down', 'dead')),
  constraint "a device weight is not negative" check (weight >= 0)
) with (fillfactor = 50);
-- Which devices does this host have?
create index device_of_host on device (host_id);

-- A device as placement looks at it, one document each: shared by every statement that ranks.
create view device_view as
  select device_id, host_id, json_build_object(
    'deviceId', device_id, 'hostId', host_id, 'state', device.state, 'hostState', host.state,
    'url', url, 'keyVersion', key_version, 'weight', weight, 'condition', condition,
    'bytesTotal', bytes_total, 'bytesFree', bytes_free, 'utilization', utilization,
    'silentMs', extract(epoch from now() - seen_at) * 1000) as doc
  from device join host using (host_id);

-- One immutable revision each (I1): an overwrite takes the next number.
create sequence fid_sequence as bigint;

-- The namespace: a key points at the fid that is its content now.
create table file (
  domain_id int not null,
  key text collate "C" not null,
  fid bigint not null,
  prev_fid bigint, -- what this key's last close replaced: read from the row that the upsert locked
  class_id int not null,
  bytes bigint not null,
  checksum text not null,
  content_type text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (domain_id, key),
  constraint "a fid belongs to one key" unique (fid),
  constraint "a file's class belongs to its domain"
    foreign key (domain_id, class_id) references class (domain_id, class_id),
  constraint "a key has 1 to 1024 bytes" check (octet_length(key) between 1 and 1024),
  constraint "a file has no negative size" check (bytes >= 0),
  constraint "a checksum names its algorithm" check (checksum ~ '^[A-Z0-9-]+:[0-9a-f]+$')
);
-- Does this class still have files?
create index file_of_class on file (class_id);

-- Bytes that were verified on a disk (I2). No foreign key to file: a replaced fid's replicas
-- outlive its key until the tombstone is worked off. None to device, here and in job: devices and
-- hosts are never deleted, and each check locks a row that all stores and syncs share.
create table replica (
  fid bigint not null,
  device_id int not null,
  primary key (fid, device_id)
);
-- What is on this device, in order? (reaping, draining, checking: cursors walk it)
create index replica_on_device on replica (device_id, fid);

-- An open upload, and where its bytes may be. Closed or expired, the row goes.
create table upload (
  fid bigint primary key default nextval('fid_sequence'),
  domain_id int not null,
  class_id int not null,
  key text collate "C" not null,
  device_ids int[] not null, -- in the order offered
  host_ids int[] not null, -- of each device
  copies smallint not null, -- of the class as it was
  bytes bigint, -- as promised
  checksum text, -- as promised
  content_type text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint "an upload's class belongs to its domain"
    foreign key (domain_id, class_id) references class (domain_id, class_id) on delete cascade,
  constraint "a key has 1 to 1024 bytes" check (octet_length(key) between 1 and 1024),
  constraint "an upload was offered a device" check (cardinality(device_ids) between 1 and 10),
  constraint "an offered device is on a host" check (cardinality(host_ids) = cardinality(device_ids))
);
-- Which uploads have expired?
create index upload_by_expiry on upload (expires_at);

-- A fid that no key points at any more. Its replicas become delete jobs when it is worked off.
create table tombstone (
  fid bigint primary key,
  created_at timestamptz not null default now()
);

-- A live file that is short of its policy while no replicate job is on the way for it.
create table shortfall (
  fid bigint primary key,
  reason text not null,
  priority smallint not null default 2, -- as of the jobs that it will become
  failures smallint not null default 0,
  version int not null default 0, -- raised by every change: a plan made for an older one is void
  since timestamptz not null default now(),
  try_at timestamptz not null default now()
);
-- Which shortfalls are due, most urgent first?
create index shortfall_due on shortfall (priority, try_at);

-- What must become true of one fid on one device; the row is the queue entry of that host.
--   replicate: the bytes must lie there; delete: they must not.
-- Made by a close or a sweep; leased by the host's agent; removed by its report. A lease that ran
-- out is ready again. A replicate that is no longer wanted turns into a delete of the same place,
-- so that bytes which may have arrived are always named by a row (I7).
create table job (
  job_id bigint generated always as identity primary key,
  host_id int not null,
  kind text not null,
  fid bigint not null,
  device_id int not null,
  priority smallint not null, -- 0 one live copy left, 1 a fresh file, 2 other healing, 3 erasing
  run_at timestamptz not null default now(),
  leased_until timestamptz,
  attempt int not null default 0, -- the fence: a report counts only with the current one (I6)
  failures smallint not null default 0,
  reason text, -- of the last failure
  created_at timestamptz not null default now(),
  constraint "one job says what a place must become" unique (fid, device_id),
  constraint "a job replicates or deletes" check (kind in ('replicate', 'delete'))
) with (fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
-- What should this host do next? A head per host, so that hosts never wait for each other.
create index job_head on job (host_id, priority, run_at);

-- The highest fid at some time, and when the last ticket that could store up to it has expired.
create table fid_mark (
  fid bigint primary key,
  settled_at timestamptz not null
);

-- When each sweep runs next: a tracker that moves the row on does the sweep, others do not.
create table sweep (
  name text primary key,
  next_at timestamptz not null default now()
);
insert into sweep (name) values
  ('expire-uploads'), ('erase-tombstones'), ('reap-devices'), ('rehome-jobs'), ('plan-copies'),
  ('mark-fids');

-- Who may do what. Keys rest as SHA-256 of 256 random bits.
create table api_key (
  api_key_id int generated always as identity primary key,
  label text not null,
  key_hash text not null,
  domain_id int references domain on delete cascade, -- null: every domain
  scopes text[] not null,
  created_at timestamptz not null default now(),
  constraint "a key hash is unique" unique (key_hash),
  constraint "a key has a known scope" check (
    scopes <@ array['read', 'write', 'list', 'delete', 'admin'] and cardinality(scopes) > 0)
);
