-- The schema of a freshly migrated database, without rows, as PostgreSQL tells it.
-- Written by `npm run schema`. What each table is for stands in migrations/.

CREATE SEQUENCE fid_sequence AS bigint
  START 1 INCREMENT 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1;

CREATE OR REPLACE FUNCTION public.change_number()
 RETURNS xid8
 LANGUAGE plpgsql
AS $function$
begin
  -- a snapshot of now: not the statement's, which is older than the wait
  return greatest(pg_current_xact_id(),
    (pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)::text::xid8);
end $function$
;

CREATE TABLE adopted_device (
  device_id integer NOT NULL,
  CONSTRAINT adopted_device_pkey PRIMARY KEY (device_id)
);

CREATE TABLE adoption (
  only_row boolean DEFAULT true NOT NULL,
  last_fid bigint NOT NULL,
  next_fid bigint,
  walks integer DEFAULT 0 NOT NULL,
  begun_at timestamp with time zone DEFAULT now() NOT NULL,
  finished_at timestamp with time zone,
  CONSTRAINT adoption_pkey PRIMARY KEY (only_row),
  CONSTRAINT "there is one adoption" CHECK (only_row)
);

CREATE TABLE adoption_gone (
  fid bigint NOT NULL,
  CONSTRAINT adoption_gone_pkey PRIMARY KEY (fid)
);

CREATE TABLE adoption_unmapped (
  fid bigint NOT NULL,
  bytes bigint NOT NULL,
  copies integer NOT NULL,
  reason text NOT NULL,
  deleted_here boolean DEFAULT false NOT NULL,
  CONSTRAINT adoption_unmapped_pkey PRIMARY KEY (fid)
);

CREATE TABLE api_key (
  api_key_id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  label text NOT NULL,
  key_hash text NOT NULL,
  domain_id integer,
  scopes text[] NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  public_key text,
  rate_per_s integer,
  CONSTRAINT api_key_pkey PRIMARY KEY (api_key_id),
  CONSTRAINT "a key has a known scope" CHECK (scopes <@ ARRAY['read'::text, 'write'::text, 'list'::text, 'delete'::text, 'admin'::text, 'metrics'::text] AND cardinality(scopes) > 0),
  CONSTRAINT "a key hash is unique" UNIQUE (key_hash),
  CONSTRAINT "a public key belongs to one key" UNIQUE (public_key),
  CONSTRAINT "a rate is positive" CHECK (rate_per_s > 0)
);

CREATE TABLE audit (
  audit_id bigint NOT NULL,
  at timestamp with time zone DEFAULT now() NOT NULL,
  api_key_id integer,
  who text NOT NULL,
  noun text NOT NULL,
  verb text NOT NULL,
  subject text NOT NULL,
  before jsonb,
  after jsonb,
  CONSTRAINT audit_pkey PRIMARY KEY (audit_id),
  CONSTRAINT "an audited verb is one of three" CHECK (verb = ANY (ARRAY['add'::text, 'change'::text, 'delete'::text]))
);

CREATE TABLE audit_mark (
  last_id bigint NOT NULL,
  only_row boolean DEFAULT true NOT NULL,
  CONSTRAINT audit_mark_pkey PRIMARY KEY (only_row),
  CONSTRAINT "there is one audit mark" CHECK (only_row)
);

CREATE TABLE awakening (
  only_row boolean DEFAULT true NOT NULL,
  able integer[] DEFAULT '{}'::integer[] NOT NULL,
  next_fid bigint,
  woken_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
  CONSTRAINT awakening_pkey PRIMARY KEY (only_row),
  CONSTRAINT "there is one awakening" CHECK (only_row)
);

CREATE TABLE change (
  xid xid8 DEFAULT change_number() NOT NULL,
  change_id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  kind text NOT NULL,
  domain_id integer NOT NULL,
  key text COLLATE "C" NOT NULL,
  fid bigint NOT NULL,
  prev_fid bigint,
  prev_key text COLLATE "C",
  class_id integer NOT NULL,
  bytes bigint NOT NULL,
  at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT change_pkey PRIMARY KEY (domain_id, xid, change_id),
  CONSTRAINT "a change is of a known kind" CHECK (kind = ANY (ARRAY['create'::text, 'overwrite'::text, 'rename'::text, 'class'::text, 'metadata'::text, 'delete'::text, 'restore'::text]))
);

CREATE TABLE change_floor (
  domain_id integer NOT NULL,
  xid xid8 NOT NULL,
  change_id bigint NOT NULL,
  CONSTRAINT change_floor_pkey PRIMARY KEY (domain_id)
);

CREATE TABLE class (
  class_id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  domain_id integer NOT NULL,
  name text COLLATE "C" NOT NULL,
  copies smallint DEFAULT 2 NOT NULL,
  policy text DEFAULT 'MultipleHosts()'::text NOT NULL,
  checksum_kind text DEFAULT 'SHA-256'::text NOT NULL,
  commit_at smallint DEFAULT 1 NOT NULL,
  trash_s integer DEFAULT 0 NOT NULL,
  cache_s integer,
  public_read boolean DEFAULT false NOT NULL,
  CONSTRAINT class_pkey PRIMARY KEY (class_id),
  CONSTRAINT "a class belongs to its domain" UNIQUE (domain_id, class_id),
  CONSTRAINT "a class has 1 to 10 copies" CHECK (copies >= 1 AND copies <= 10),
  CONSTRAINT "a class knows its checksum" CHECK (checksum_kind = ANY (ARRAY['SHA-256'::text, 'SHA-1'::text, 'MD5'::text, 'none'::text])),
  CONSTRAINT "a close waits for no more copies than the class has" CHECK (commit_at >= 1 AND commit_at <= copies),
  CONSTRAINT "a file is cached up to ten years" CHECK (cache_s >= 0 AND cache_s <= 315360000),
  CONSTRAINT "class names are unique in a domain" UNIQUE (domain_id, name),
  CONSTRAINT "trash is kept up to ten years" CHECK (trash_s >= 0 AND trash_s <= 315360000)
);

CREATE TABLE cluster (
  cluster_id uuid DEFAULT gen_random_uuid() NOT NULL,
  only_row boolean DEFAULT true NOT NULL,
  CONSTRAINT cluster_pkey PRIMARY KEY (only_row),
  CONSTRAINT "there is one cluster" CHECK (only_row)
);

CREATE TABLE deletion_budget (
  api_key_id integer NOT NULL,
  began_at timestamp with time zone NOT NULL,
  taken integer NOT NULL,
  CONSTRAINT deletion_budget_pkey PRIMARY KEY (api_key_id),
  CONSTRAINT "a budget is not negative" CHECK (taken >= 0)
) WITH (fillfactor=50);

CREATE TABLE device (
  device_id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  host_id integer NOT NULL,
  state text DEFAULT 'alive'::text NOT NULL,
  weight integer DEFAULT 100 NOT NULL,
  condition text,
  reason text,
  bytes_total bigint,
  bytes_free bigint,
  utilization real,
  swept_fid bigint DEFAULT 0 NOT NULL,
  reaped_fid bigint DEFAULT 0 NOT NULL,
  reap_at timestamp with time zone DEFAULT now() NOT NULL,
  drained_fid bigint DEFAULT 0 NOT NULL,
  drain_at timestamp with time zone DEFAULT now() NOT NULL,
  declared_dead_at timestamp with time zone,
  marked_at timestamp with time zone DEFAULT now() NOT NULL,
  searched_no bigint DEFAULT 0 NOT NULL,
  CONSTRAINT device_pkey PRIMARY KEY (device_id),
  CONSTRAINT "a device state is one of five" CHECK (state = ANY (ARRAY['alive'::text, 'readonly'::text, 'drain'::text, 'down'::text, 'dead'::text])),
  CONSTRAINT "a device weight is not negative" CHECK (weight >= 0)
) WITH (fillfactor=50);

CREATE TABLE domain (
  domain_id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  name text COLLATE "C" NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  quota_bytes bigint,
  quota_files bigint,
  CONSTRAINT domain_pkey PRIMARY KEY (domain_id),
  CONSTRAINT "a domain name has 1 to 255 bytes" CHECK (octet_length(name) >= 1 AND octet_length(name) <= 255),
  CONSTRAINT "a quota is not negative" CHECK (quota_bytes >= 0 AND quota_files >= 0),
  CONSTRAINT "domain names are unique" UNIQUE (name)
);

CREATE TABLE fid_mark (
  fid bigint NOT NULL,
  settled_at timestamp with time zone NOT NULL,
  CONSTRAINT fid_mark_pkey PRIMARY KEY (fid)
);

CREATE TABLE file (
  domain_id integer NOT NULL,
  key text COLLATE "C" NOT NULL,
  fid bigint NOT NULL,
  prev_fid bigint,
  class_id integer NOT NULL,
  bytes bigint NOT NULL,
  checksum text NOT NULL,
  content_type text,
  metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  sum_from integer,
  CONSTRAINT file_pkey PRIMARY KEY (domain_id, key),
  CONSTRAINT "a fid belongs to one key" UNIQUE (fid),
  CONSTRAINT "a file has no negative size" CHECK (bytes >= 0),
  CONSTRAINT "a key has 1 to 1024 bytes" CHECK (octet_length(key) >= 1 AND octet_length(key) <= 1024)
);

CREATE TABLE fsck (
  fsck_id integer GENERATED BY DEFAULT AS IDENTITY NOT NULL,
  check_kind text NOT NULL,
  domain_id integer,
  class_id integer,
  prefix text COLLATE "C",
  device_id integer,
  bytes_per_s bigint,
  files_per_s integer,
  state text DEFAULT 'running'::text NOT NULL,
  counts jsonb DEFAULT '{}'::jsonb NOT NULL,
  started_at timestamp with time zone DEFAULT now() NOT NULL,
  changed_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT fsck_pkey PRIMARY KEY (fsck_id),
  CONSTRAINT "a check is of one of three kinds" CHECK (check_kind = ANY (ARRAY['policy'::text, 'sizes'::text, 'checksums'::text])),
  CONSTRAINT "a pace is positive" CHECK (bytes_per_s > 0 AND files_per_s > 0),
  CONSTRAINT "a run is in one of four states" CHECK (state = ANY (ARRAY['running'::text, 'paused'::text, 'stopped'::text, 'done'::text]))
);

CREATE TABLE fsck_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  fsck_id integer NOT NULL,
  fid bigint NOT NULL,
  device_id integer,
  code text NOT NULL,
  detail text,
  at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT fsck_event_pkey PRIMARY KEY (event_id)
);

CREATE TABLE host (
  host_id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  name text COLLATE "C" NOT NULL,
  state text DEFAULT 'alive'::text NOT NULL,
  url text,
  key_version integer DEFAULT 1 NOT NULL,
  enrollment_hash text,
  credential_hash text,
  seen_at timestamp with time zone,
  internal_url text,
  zone text,
  public_url text,
  internal_mask text,
  held_key_version integer DEFAULT 0 NOT NULL,
  rotated_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
  CONSTRAINT host_pkey PRIMARY KEY (host_id),
  CONSTRAINT "a host credential belongs to one host" UNIQUE (credential_hash),
  CONSTRAINT "a host state is one of four" CHECK (state = ANY (ARRAY['alive'::text, 'readonly'::text, 'down'::text, 'dead'::text])),
  CONSTRAINT "an enrollment token belongs to one host" UNIQUE (enrollment_hash),
  CONSTRAINT "host names are unique" UNIQUE (name)
) WITH (fillfactor=50);

CREATE TABLE job (
  job_id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  host_id integer NOT NULL,
  kind text NOT NULL,
  fid bigint NOT NULL,
  device_id integer NOT NULL,
  priority smallint NOT NULL,
  run_at timestamp with time zone DEFAULT now() NOT NULL,
  leased_until timestamp with time zone,
  attempt integer DEFAULT 0 NOT NULL,
  failures smallint DEFAULT 0 NOT NULL,
  reason text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT job_pkey PRIMARY KEY (job_id),
  CONSTRAINT "a job replicates or deletes" CHECK (kind = ANY (ARRAY['replicate'::text, 'delete'::text])),
  CONSTRAINT "one job says what a place must become" UNIQUE (fid, device_id)
) WITH (fillfactor=70, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000, autovacuum_vacuum_cost_delay=0);

CREATE TABLE look (
  device_id integer NOT NULL,
  fsck_id integer NOT NULL,
  next_fid bigint DEFAULT 1 NOT NULL,
  last_fid bigint NOT NULL,
  files bigint DEFAULT 0 NOT NULL,
  bytes bigint DEFAULT 0 NOT NULL,
  lap_at timestamp with time zone DEFAULT now() NOT NULL,
  done_at timestamp with time zone,
  CONSTRAINT look_pkey PRIMARY KEY (device_id, fsck_id)
);

CREATE TABLE lost (
  fid bigint NOT NULL,
  lost_no bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  fsck_id integer NOT NULL,
  device_id integer,
  since timestamp with time zone DEFAULT now() NOT NULL,
  gone_at timestamp with time zone,
  CONSTRAINT lost_pkey PRIMARY KEY (fid),
  CONSTRAINT "lost files are numbered" UNIQUE (lost_no)
);

CREATE TABLE migration (
  name text NOT NULL,
  sha256 text NOT NULL,
  applied_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT migration_pkey PRIMARY KEY (name)
);

CREATE TABLE mogilefs_setting (
  name text COLLATE "C" NOT NULL,
  value text NOT NULL,
  CONSTRAINT mogilefs_setting_pkey PRIMARY KEY (name),
  CONSTRAINT "a setting's name has 1 to 255 characters" CHECK (length(name) >= 1 AND length(name) <= 255),
  CONSTRAINT "a setting's value is bounded" CHECK (length(value) <= 16384)
);

CREATE TABLE move (
  fid bigint NOT NULL,
  device_id integer NOT NULL,
  rebalance boolean NOT NULL,
  replacements integer[] DEFAULT '{}'::integer[] NOT NULL,
  since timestamp with time zone DEFAULT now() NOT NULL,
  try_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT move_pkey PRIMARY KEY (fid, device_id)
);

CREATE TABLE placement_count (
  class_id integer NOT NULL,
  device_ids integer[] NOT NULL,
  files bigint NOT NULL,
  bytes bigint NOT NULL,
  since timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT placement_count_pkey PRIMARY KEY (class_id, device_ids)
) WITH (fillfactor=50);

CREATE TABLE placement_delta (
  delta_id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  class_id integer NOT NULL,
  device_ids integer[] NOT NULL,
  files bigint NOT NULL,
  bytes bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000, autovacuum_vacuum_cost_delay=0);

CREATE TABLE rebalance (
  only_row boolean DEFAULT true NOT NULL,
  policy text,
  state text DEFAULT 'idle'::text NOT NULL,
  files_left bigint,
  bytes_left bigint,
  files_moved bigint DEFAULT 0 NOT NULL,
  bytes_moved bigint DEFAULT 0 NOT NULL,
  started_at timestamp with time zone,
  stopped_at timestamp with time zone,
  finished_at timestamp with time zone,
  CONSTRAINT rebalance_pkey PRIMARY KEY (only_row),
  CONSTRAINT "a rebalance state is one of four" CHECK (state = ANY (ARRAY['idle'::text, 'running'::text, 'stopped'::text, 'finished'::text])),
  CONSTRAINT "there is one rebalance" CHECK (only_row)
);

CREATE TABLE rebalance_source (
  device_id integer NOT NULL,
  at_fid bigint,
  files_left bigint,
  bytes_left bigint,
  files_queued bigint DEFAULT 0 NOT NULL,
  bytes_queued bigint DEFAULT 0 NOT NULL,
  done boolean DEFAULT false NOT NULL,
  walked_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
  CONSTRAINT rebalance_source_pkey PRIMARY KEY (device_id)
);

CREATE TABLE rebuild (
  only_row boolean DEFAULT true NOT NULL,
  state text DEFAULT 'idle'::text NOT NULL,
  cluster_id uuid,
  definitions jsonb,
  defined_ms bigint DEFAULT 0 NOT NULL,
  applied_fid bigint DEFAULT 0 NOT NULL,
  CONSTRAINT rebuild_pkey PRIMARY KEY (only_row),
  CONSTRAINT "a rebuild is in one of four states" CHECK (state = ANY (ARRAY['idle'::text, 'loading'::text, 'applying'::text, 'done'::text])),
  CONSTRAINT "there is one rebuild" CHECK (only_row)
);

CREATE TABLE rebuild_copy (
  fid bigint NOT NULL,
  device_id integer NOT NULL,
  bytes bigint NOT NULL,
  CONSTRAINT rebuild_copy_pkey PRIMARY KEY (fid, device_id)
);

CREATE TABLE rebuild_device (
  device_id integer NOT NULL,
  loaded_fid bigint DEFAULT 0 NOT NULL,
  is_whole boolean DEFAULT false NOT NULL,
  CONSTRAINT rebuild_device_pkey PRIMARY KEY (device_id)
);

CREATE TABLE rebuild_file (
  fid bigint NOT NULL,
  domain text COLLATE "C",
  key text COLLATE "C",
  entry jsonb,
  read_ms bigint DEFAULT 0 NOT NULL,
  deleted_ms bigint DEFAULT 0 NOT NULL,
  CONSTRAINT rebuild_file_pkey PRIMARY KEY (fid)
);

CREATE TABLE refusal (
  device_id integer NOT NULL,
  rebalance boolean NOT NULL,
  reason text NOT NULL,
  files bigint NOT NULL,
  bytes bigint NOT NULL,
  at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT refusal_pkey PRIMARY KEY (device_id, rebalance, reason)
);

CREATE TABLE replica (
  fid bigint NOT NULL,
  device_id integer NOT NULL,
  CONSTRAINT replica_pkey PRIMARY KEY (fid, device_id)
);

CREATE TABLE review (
  class_id integer NOT NULL,
  made_for text NOT NULL,
  changed_at timestamp with time zone DEFAULT now() NOT NULL,
  level smallint NOT NULL,
  next_fid bigint,
  lap_at timestamp with time zone NOT NULL,
  CONSTRAINT review_pkey PRIMARY KEY (class_id),
  CONSTRAINT "a review has two levels" CHECK (level = ANY (ARRAY[0, 1]))
);

CREATE TABLE setting (
  name text NOT NULL,
  value jsonb NOT NULL,
  changed_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT setting_pkey PRIMARY KEY (name)
);

CREATE TABLE shortfall (
  fid bigint NOT NULL,
  reason text NOT NULL,
  priority smallint DEFAULT 2 NOT NULL,
  failures smallint DEFAULT 0 NOT NULL,
  version integer DEFAULT 0 NOT NULL,
  since timestamp with time zone DEFAULT now() NOT NULL,
  try_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT shortfall_pkey PRIMARY KEY (fid)
);

CREATE TABLE sweep (
  name text NOT NULL,
  next_at timestamp with time zone DEFAULT now() NOT NULL,
  note text,
  heard_since timestamp with time zone DEFAULT now() NOT NULL,
  ran_at timestamp with time zone,
  CONSTRAINT sweep_pkey PRIMARY KEY (name)
);

CREATE TABLE tombstone (
  fid bigint NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  domain_id integer,
  key text COLLATE "C",
  class_id integer,
  bytes bigint,
  checksum text,
  content_type text,
  metadata jsonb,
  stored_at timestamp with time zone,
  erase_at timestamp with time zone DEFAULT now() NOT NULL,
  held_at timestamp with time zone,
  CONSTRAINT tombstone_pkey PRIMARY KEY (fid)
);

CREATE TABLE upload (
  fid bigint DEFAULT nextval('fid_sequence'::regclass) NOT NULL,
  domain_id integer NOT NULL,
  class_id integer NOT NULL,
  key text COLLATE "C" NOT NULL,
  device_ids integer[] NOT NULL,
  host_ids integer[] NOT NULL,
  copies smallint NOT NULL,
  bytes bigint,
  checksum text,
  content_type text,
  metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  planned boolean DEFAULT false NOT NULL,
  if_match text[],
  if_none_match text[],
  commit_at smallint DEFAULT 1 NOT NULL,
  CONSTRAINT upload_pkey PRIMARY KEY (fid),
  CONSTRAINT "a key has 1 to 1024 bytes" CHECK (octet_length(key) >= 1 AND octet_length(key) <= 1024),
  CONSTRAINT "an offered device is on a host" CHECK (cardinality(host_ids) = cardinality(device_ids)),
  CONSTRAINT "an upload was offered a device" CHECK (cardinality(device_ids) >= 1 AND cardinality(device_ids) <= 10)
);

CREATE TABLE verified (
  device_id integer NOT NULL,
  last_fid bigint NOT NULL,
  verified_at timestamp with time zone NOT NULL,
  CONSTRAINT verified_pkey PRIMARY KEY (device_id, last_fid)
);

CREATE TABLE webhook (
  webhook_id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  domain_id integer NOT NULL,
  url text NOT NULL,
  paused boolean DEFAULT false NOT NULL,
  xid xid8 NOT NULL,
  change_id bigint DEFAULT 0 NOT NULL,
  failures integer DEFAULT 0 NOT NULL,
  last_error text,
  told_at timestamp with time zone,
  try_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT webhook_pkey PRIMARY KEY (webhook_id),
  CONSTRAINT "a webhook has an address" CHECK (url ~ '^https?://'::text)
);

ALTER TABLE api_key
  ADD CONSTRAINT api_key_domain_id_fkey FOREIGN KEY (domain_id) REFERENCES domain(domain_id) ON DELETE CASCADE;

ALTER TABLE class
  ADD CONSTRAINT class_domain_id_fkey FOREIGN KEY (domain_id) REFERENCES domain(domain_id) ON DELETE CASCADE;

ALTER TABLE deletion_budget
  ADD CONSTRAINT deletion_budget_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_key(api_key_id) ON DELETE CASCADE;

ALTER TABLE device
  ADD CONSTRAINT device_host_id_fkey FOREIGN KEY (host_id) REFERENCES host(host_id);

ALTER TABLE file
  ADD CONSTRAINT "a checksum names its algorithm" CHECK (checksum ~ '^([A-Z0-9-]+:[0-9a-f]+|none)$'::text) NOT VALID;

ALTER TABLE file
  ADD CONSTRAINT "a file's class belongs to its domain" FOREIGN KEY (domain_id, class_id) REFERENCES class(domain_id, class_id);

ALTER TABLE look
  ADD CONSTRAINT look_fsck_id_fkey FOREIGN KEY (fsck_id) REFERENCES fsck(fsck_id) ON DELETE CASCADE;

ALTER TABLE review
  ADD CONSTRAINT review_class_id_fkey FOREIGN KEY (class_id) REFERENCES class(class_id) ON DELETE CASCADE;

ALTER TABLE upload
  ADD CONSTRAINT "an upload's class belongs to its domain" FOREIGN KEY (domain_id, class_id) REFERENCES class(domain_id, class_id) ON DELETE CASCADE;

ALTER TABLE webhook
  ADD CONSTRAINT webhook_domain_id_fkey FOREIGN KEY (domain_id) REFERENCES domain(domain_id) ON DELETE CASCADE;

CREATE INDEX change_floor_in_order ON change_floor USING btree (xid, change_id);

CREATE INDEX change_of_known ON change USING btree (xid, change_id) WHERE kind <> 'create'::text;

CREATE INDEX device_of_host ON device USING btree (host_id);

CREATE INDEX file_of_class_in_order ON file USING btree (class_id, fid);

CREATE UNIQUE INDEX "internal addresses are unique" ON host USING btree (internal_url) WHERE state <> 'dead'::text;

CREATE INDEX job_failing ON job USING btree (failures) WHERE kind = 'replicate'::text AND failures > 0;

CREATE INDEX job_replicating ON job USING btree (fid) WHERE kind = 'replicate'::text;

CREATE INDEX job_waiting ON job USING btree (host_id, device_id, priority, run_at, job_id);

CREATE INDEX lost_searching ON lost USING btree (lost_no) WHERE gone_at IS NULL;

CREATE INDEX move_due ON move USING btree (try_at);

CREATE INDEX move_of_device ON move USING btree (device_id, fid);

CREATE INDEX placement_emptied ON placement_count USING btree (class_id) WHERE files = 0;

CREATE UNIQUE INDEX "public addresses are unique" ON host USING btree (public_url) WHERE state <> 'dead'::text;

CREATE INDEX rebuild_file_by_key ON rebuild_file USING btree (domain, key, fid) WHERE entry IS NOT NULL;

CREATE INDEX replica_on_device ON replica USING btree (device_id, fid);

CREATE INDEX shortfall_due ON shortfall USING btree (priority, try_at);

CREATE INDEX tombstone_free ON tombstone USING btree (erase_at) WHERE held_at IS NULL;

CREATE INDEX tombstone_held ON tombstone USING btree (held_at) WHERE held_at IS NOT NULL;

CREATE INDEX tombstone_in_trash ON tombstone USING btree (domain_id, key, fid) WHERE erase_at > created_at;

CREATE INDEX upload_by_expiry ON upload USING btree (expires_at);

CREATE INDEX webhook_due ON webhook USING btree (try_at) WHERE NOT paused;

CREATE VIEW caller AS
 SELECT api_key.api_key_id,
    api_key.label,
    domain.name AS domain,
    api_key.scopes,
    api_key.key_hash,
    api_key.public_key,
    COALESCE(api_key.rate_per_s::numeric,
        CASE
            WHEN 'admin'::text = ANY (api_key.scopes) THEN NULL::numeric
            ELSE ( SELECT NULLIF(
                    CASE
                        WHEN jsonb_typeof(setting.value) = 'number'::text THEN setting.value::numeric
                        ELSE NULL::numeric
                    END, 0::numeric) AS "nullif"
               FROM setting
              WHERE setting.name = 'keyRatePerS'::text)
        END)::double precision AS rate_per_s
   FROM api_key
     LEFT JOIN domain USING (domain_id);

CREATE VIEW device_view AS
 SELECT device.device_id,
    device.host_id,
    json_build_object('deviceId', device.device_id, 'hostId', device.host_id, 'state', device.state, 'hostState', host.state, 'url', COALESCE(host.public_url, host.url), 'keyVersion', host.key_version, 'weight', device.weight, 'condition', device.condition, 'bytesTotal', device.bytes_total, 'bytesFree', device.bytes_free, 'utilization', device.utilization, 'silentMs', EXTRACT(epoch FROM now() - host.seen_at) * 1000::numeric, 'internalUrl', COALESCE(host.internal_url, host.url), 'internalMask', host.internal_mask, 'zone', host.zone) AS doc
   FROM device
     JOIN host USING (host_id);

CREATE OR REPLACE FUNCTION public.adopt_cluster(hosts json, devices json, domains json, classes json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.adopt_differences(page json)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.adopt_new_files(page json)
 RETURNS integer
 LANGUAGE sql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.adopt_page(from_fid bigint, to_fid bigint, page json, unmapped json)
 RETURNS TABLE(added integer, changed integer, gone integer, not_mapped integer)
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.after_restore()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  each record;
begin
  for each in
    select format('%I.%I', schemaname, sequencename) as name, coalesce(last_value, 0) as last,
      case when max_value < 2147483648 then 1000 else 1000000 end as gap
    from pg_sequences where schemaname = current_schema()
  loop
    perform setval(each.name::regclass, each.last + each.gap);
  end loop;
  update job set attempt = attempt + 1000, leased_until = null;
  return (select last_value from fid_sequence);
end $function$
;

CREATE OR REPLACE FUNCTION public.audited(doc jsonb, columns text[])
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select jsonb_object_agg(lower(left(camel, 1)) || substr(camel, 2), value)
  from (
    select replace(initcap(replace(regexp_replace(key, '_hash$', ''), '_', ' ')), ' ', '') as camel,
      case when key ~ '_hash$' and value <> 'null' then '"secret"' else value end as value
    from jsonb_each(doc) where key = any(columns)
  ) as kept
$function$
;

CREATE OR REPLACE FUNCTION public.begin_scrubbing()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into look (device_id, fsck_id, last_fid, done_at) values (new.device_id, 0, 0, now());
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.begin_walk(old_max bigint, headroom bigint)
 RETURNS SETOF adoption
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.bury()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.bury_gone(at_most integer)
 RETURNS integer
 LANGUAGE sql
AS $function$
  with due as (
    delete from adoption_gone
    where fid in (select fid from adoption_gone order by fid limit at_most)
    returning fid
  ), buried as (
    delete from file using due where file.fid = due.fid
  )
  select count(*)::int from due
$function$
;

CREATE OR REPLACE FUNCTION public.date_mark()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.state is distinct from old.state then new.marked_at := now(); end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.definitions()
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select jsonb_build_object(
    'clusterId', (select cluster_id from cluster),
    'domain', (select jsonb_agg(to_jsonb(domain) order by domain_id) from domain),
    'class', (select jsonb_agg(to_jsonb(class) order by class_id) from class),
    'host', (select jsonb_agg(to_jsonb(host) - array['seen_at', 'enrollment_hash']
      order by host_id) from host),
    'device', (select jsonb_agg(jsonb_build_object('device_id', device_id, 'host_id', host_id,
      'state', state, 'weight', weight, 'declared_dead_at', declared_dead_at,
      'marked_at', marked_at) order by device_id) from device),
    'setting', (select jsonb_agg(to_jsonb(setting) order by name) from setting),
    'api_key', (select jsonb_agg(to_jsonb(api_key) order by api_key_id) from api_key))::text
$function$
;

CREATE OR REPLACE FUNCTION public.domain_usage(its_domain integer)
 RETURNS TABLE(used_files bigint, used_bytes bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(files), 0)::bigint, coalesce(sum(bytes), 0)::bigint
  from (
    select class_id, files, bytes from placement_count
    union all select class_id, files, bytes from placement_delta
  ) as counted
  where class_id in (select class_id from class where domain_id = its_domain)
$function$
;

CREATE OR REPLACE FUNCTION public.drop_copies(fids bigint[], device_ids integer[], keeps text[], max_jobs integer)
 RETURNS TABLE(dropped_fid bigint, dropped_device_id integer)
 LANGUAGE plpgsql
AS $function$
declare
  right_fids bigint[];
  right_device_ids int[];
begin
  perform lock_files(fids);
  select array_agg(fid), array_agg(device_id) into right_fids, right_device_ids
  from unnest(fids, device_ids, keeps) as doomed (fid, device_id, keep)
  join device using (device_id)
  where device_id not in (select full_devices(max_jobs))
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
end $function$
;

CREATE OR REPLACE FUNCTION public.due_shortfalls(at_most integer)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(due), 0)::int from generate_series(0, 3) as level cross join lateral (
    select count(*) as due from (
      select from shortfall where priority = level and try_at <= now() limit at_most) as few
  ) as counted
$function$
;

CREATE OR REPLACE FUNCTION public.end_trash()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update tombstone set erase_at = now() where domain_id = old.domain_id and erase_at > created_at
    and erase_at > now();
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.end_walk()
 RETURNS void
 LANGUAGE sql
AS $function$
  update adoption set next_fid = null, walks = walks + 1 where next_fid is not null;
  delete from review
$function$
;

CREATE OR REPLACE FUNCTION public.erase_unlinked(its_fid bigint, its_device_ids integer[])
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  insert into job (host_id, kind, fid, device_id, priority)
  select host_id, 'delete', its_fid, device_id, 3
  from device where device_id = any(its_device_ids) and state <> 'dead';
  return false;
end $function$
;

CREATE OR REPLACE FUNCTION public.file_detail(its_fid bigint)
 RETURNS json
 LANGUAGE sql
 STABLE
AS $function$
  select json_build_object('domain', domain.name, 'key', key, 'fid', fid, 'class', class.name,
    'bytes', bytes, 'checksum', checksum, 'contentType', content_type, 'metadata', metadata,
    'createdAtMs', floor(extract(epoch from file.created_at) * 1000),
    'deviceIds', array(select device_id from replica where replica.fid = file.fid order by 1))
  from file join domain using (domain_id) join class using (class_id)
  where fid = its_fid
$function$
;

CREATE OR REPLACE FUNCTION public.finish_adoption(devices json)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.forget_copies(fids bigint[], device_ids integer[])
 RETURNS TABLE(forgotten_fid bigint, forgotten_device_id integer)
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.forget_looks()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from look where device_id = old.device_id;
  delete from verified where device_id = old.device_id;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.full_devices(at_most integer)
 RETURNS SETOF integer
 LANGUAGE sql
 STABLE
AS $function$
  select device_id from device
  where at_most <= (
    select count(*) from (
      select from job
      where job.host_id = device.host_id and job.device_id = device.device_id
      limit at_most) as waiting)
$function$
;

CREATE OR REPLACE FUNCTION public.full_hosts(at_most integer)
 RETURNS SETOF integer
 LANGUAGE sql
 STABLE
AS $function$
  select host_id from host
  where at_most <= (
    select count(*) from (
      select from job where job.host_id = host.host_id limit at_most) as waiting)
$function$
;

CREATE OR REPLACE FUNCTION public.hosts_of(its_device_ids integer[], device_ids integer[], host_ids integer[])
 RETURNS integer[]
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
begin
  return array(
    select distinct host_ids[array_position(device_ids, its_device_id)]
    from unnest(its_device_ids) as its_device_id);
end $function$
;

CREATE OR REPLACE FUNCTION public.living_holders(said integer[], offered integer[])
 RETURNS integer[]
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return array(
    select device_id from device
    where device_id = any(said) and device_id = any(offered) and state <> 'dead'
    order by 1);
end $function$
;

CREATE OR REPLACE FUNCTION public.lock_files(fids bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  locked bigint[];
begin
  loop
    locked := array(
      select fid from tombstone where fid = any(fids) order by fid for key share);
    locked := locked || array(
      select fid from file where fid = any(fids) order by fid for no key update);
    exit when not exists (
      select from unnest(fids) as asked (fid) where fid <> all(locked) and (
        exists (select from file where file.fid = asked.fid)
        or exists (select from tombstone where tombstone.fid = asked.fid)));
  end loop;
end $function$
;

CREATE OR REPLACE FUNCTION public.locks_expected(its_domain_id integer, its_key text, expected text[])
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  perform from file
  where domain_id = its_domain_id and key = its_key
    and array['*', fid::text, checksum] && expected
  for no key update;
  return found;
end $function$
;

CREATE OR REPLACE FUNCTION public.make_room(page json, up_to bigint)
 RETURNS SETOF bigint
 LANGUAGE plpgsql
AS $function$
begin
  update file set key = parked_key(file.fid)
  from json_to_recordset(page) as old (fid bigint, "domainId" int, key text)
  where file.domain_id = "domainId" and file.key = old.key
    and file.fid <> old.fid and file.fid <= up_to;
  return query
    select old.fid from json_to_recordset(page) as old (fid bigint, "domainId" int, key text)
    join file on file.domain_id = "domainId" and file.key = old.key and file.fid <> old.fid;
end $function$
;

CREATE OR REPLACE FUNCTION public.note_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.note_verified(its_device integer, from_fid bigint, to_fid bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  -- what was known of the fids before the stretch stays, though its row ends within it
  insert into verified (device_id, last_fid, verified_at)
  select its_device, from_fid - 1, verified_at from verified
  where device_id = its_device and last_fid >= from_fid - 1 and from_fid > 1
  order by last_fid limit 1
  on conflict do nothing;
  delete from verified where device_id = its_device and last_fid between from_fid and to_fid;
  update verified set last_fid = to_fid
  where device_id = its_device and last_fid = from_fid - 1
    and verified_at > now() - interval '1 h';
  if not found then
    insert into verified (device_id, last_fid, verified_at) values (its_device, to_fid, now());
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.over_quota(fids bigint[], domain_ids integer[], keys text[], sizes bigint[])
 RETURNS bigint[]
 LANGUAGE plpgsql
 STABLE
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.parked_key(fid bigint)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select E'\x01parked by mog import/' || fid
$function$
;

CREATE OR REPLACE FUNCTION public.placements()
 RETURNS TABLE(class_id integer, device_ids integer[], files bigint, bytes bigint, since timestamp with time zone)
 LANGUAGE sql
 STABLE
AS $function$
  select class_id, device_ids, sum(files)::bigint, sum(bytes)::bigint, min(since)
  from (
    select class_id, device_ids, files, bytes, since from placement_count
    union all select class_id, device_ids, files, bytes, null from placement_delta
  ) as counted
  group by class_id, device_ids having sum(files) <> 0
$function$
;

CREATE OR REPLACE FUNCTION public.rebuild_apply(at_most integer, actor text)
 RETURNS TABLE(looked_at integer, placed integer, is_done boolean)
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.rebuild_good_copy(fids bigint[])
 RETURNS SETOF rebuild_copy
 LANGUAGE sql
 STABLE
AS $function$
  select copy.* from rebuild_copy as copy join file using (fid, bytes) join device using (device_id)
  where copy.fid = any(fids) and device.state <> 'dead'
$function$
;

CREATE OR REPLACE FUNCTION public.rebuild_has_copy(its_fid bigint, its_bytes bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (
      select from rebuild_copy as copy left join device using (device_id)
      where copy.fid = its_fid and copy.bytes = its_bytes and state is distinct from 'dead')
    or exists (select from replica where replica.fid = its_fid)
$function$
;

CREATE OR REPLACE FUNCTION public.rebuild_load(its_cluster uuid, its_device integer, files jsonb, to_fid bigint, whole boolean, defined jsonb, its_defined_ms bigint)
 RETURNS TABLE(loaded_fid bigint)
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.rebuild_verdicts(fids bigint[])
 RETURNS TABLE(fid bigint, domain text, key text, entry jsonb, verdict text)
 LANGUAGE sql
 STABLE
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.record_audit()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  actor jsonb := coalesce(nullif(current_setting('mog.actor', true), ''), '{}');
  old_doc jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  new_doc jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  columns text[] := tg_argv[1:];
  subject text := coalesce(new_doc, old_doc) ->> tg_argv[0];
  number bigint;
begin
  if tg_op = 'UPDATE' then
    columns := array(
      select name from unnest(columns) as name where old_doc -> name is distinct from new_doc -> name);
    if columns = '{}' then return null; end if;
  end if;
  if tg_table_name = 'class' then
    subject := coalesce((
      select name from domain where domain_id = (coalesce(new_doc, old_doc) ->> 'domain_id')::int
    ), '') || '/' || subject;
  end if;
  update audit_mark set last_id = last_id + 1 returning last_id into number;
  insert into audit (audit_id, api_key_id, who, noun, verb, subject, before, after) values (
    number, (actor ->> 'apiKeyId')::int,
    coalesce(actor ->> 'label', nullif(current_setting('application_name'), ''), current_user),
    tg_table_name,
    case tg_op when 'INSERT' then 'add' when 'UPDATE' then 'change' else 'delete' end,
    subject, audited(old_doc, columns), audited(new_doc, columns));
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.record_copies(fids bigint[], device_ids integer[])
 RETURNS SETOF bigint
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.restore_definitions(doc jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  counter text;
begin
  update cluster set cluster_id = (doc ->> 'clusterId')::uuid;
  perform restore_rows('domain', doc -> 'domain');
  perform restore_rows('class', doc -> 'class');
  perform restore_rows('host', doc -> 'host');
  insert into device (device_id, host_id, state, weight, declared_dead_at, marked_at)
    overriding system value
    select device_id, host_id, case state when 'dead' then state else 'down' end, weight,
      declared_dead_at, marked_at
    from jsonb_populate_recordset(null::device, doc -> 'device') on conflict do nothing;
  perform restore_rows('setting', doc -> 'setting');
  -- its number is what the key with which this is done may have
  perform restore_rows('api_key', doc -> 'api_key', array['api_key_id']);
  foreach counter in array array['domain', 'class', 'host', 'device'] loop
    execute format(
      'select setval(pg_get_serial_sequence(%1$L, %2$L), greatest(max(%2$I), 1)) from %1$I',
      counter, counter || '_id');
  end loop;
end $function$
;

CREATE OR REPLACE FUNCTION public.restore_file(its_domain text, its_fid bigint, to_key text, expected text[], unwanted text[])
 RETURNS TABLE(outcome text, replaced_fid bigint, detail json)
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.restore_rows(its_table text, definitions jsonb, but_not text[] DEFAULT '{}'::text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  named text;
begin
  if jsonb_typeof(definitions) <> 'array' then return; end if;
  select string_agg(quote_ident(attname), ', ') into named
  from pg_attribute
  where attrelid = its_table::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    and attname <> all(but_not) and definitions -> 0 ? attname;
  if named is null then return; end if;
  execute format(
    'insert into %1$I (%2$s) overriding system value
      select %2$s from jsonb_populate_recordset(null::%1$I, $1) on conflict do nothing',
    its_table, named) using definitions;
end $function$
;

CREATE OR REPLACE FUNCTION public.take_findings(its_fsck integer, its_device integer, from_fid bigint, to_fid bigint, its_files bigint, its_bytes bigint, findings jsonb)
 RETURNS TABLE(kept_fid bigint)
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.take_found(its_device integer, from_no bigint, to_no bigint, fids bigint[])
 RETURNS TABLE(found_fid bigint)
 LANGUAGE plpgsql
AS $function$
declare
  good bigint[];
  its record;
begin
  update device set searched_no = to_no where device_id = its_device and searched_no = from_no;
  if not found then return; end if;
  perform lock_files(fids);
  -- bytes whose erasing has begun are not there any more; one that has not is called off
  delete from job where fid = any(fids) and device_id = its_device and kind = 'delete'
    and coalesce(leased_until, '-infinity') <= now();
  good := array(
    select fid from lost join file using (fid) where fid = any(fids) and not exists (
      select from job where job.fid = lost.fid and job.device_id = its_device and kind = 'delete'));
  perform record_copies(good, array_fill(its_device, array[cardinality(good)]));

  -- with a good copy there is no need of the damaged one
  with damaged as (
    select fid, device_id from lost where fid = any(good) and device_id <> its_device
  ), forgotten as (
    select forgotten_fid, forgotten_device_id
    from forget_copies(array(select fid from damaged order by fid),
      array(select device_id from damaged order by fid))
  )
  insert into job (host_id, kind, fid, device_id, priority)
  select host_id, 'delete', forgotten_fid, device_id, 3
  from forgotten join device on device_id = forgotten_device_id where state <> 'dead'
  on conflict (fid, device_id) do nothing;
  insert into shortfall (fid, reason, priority)
  select fid, 'it was lost, and one copy was found', 0 from unnest(good) as short (fid)
  on conflict (fid) do update set try_at = now(), version = shortfall.version + 1, priority = 0;

  for its in
    with back as (delete from lost where fid = any(good) returning fid, fsck_id)
    select fsck_id, jsonb_agg(jsonb_build_object(
      'fid', fid, 'deviceId', its_device, 'code', 'FOND') order by fid) as events
    from back group by fsck_id order by fsck_id
  loop
    perform tell_fsck(its.fsck_id, its.events);
  end loop;
  return query select unnest(good) union all select 0;
end $function$
;

CREATE OR REPLACE FUNCTION public.take_sums(its_fsck integer, its_device integer, sums jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  doubts jsonb;
begin
  perform lock_files(array(
    select (each ->> 'fid')::bigint from jsonb_array_elements(sums) as each));
  with told as materialized (
    select its.fid, its.checksum
    from jsonb_to_recordset(sums) as its (fid bigint, version bigint, checksum text)
    join replica using (fid)
    where replica.device_id = its_device and replica.xmin::text::bigint = version
  ), first_told as (
    update file set checksum = told.checksum, sum_from = its_device
    from told, class
    where file.fid = told.fid and file.checksum = 'none' and class.class_id = file.class_id
      and checksum_kind = split_part(told.checksum, ':', 1)
  ), confirmed as (
    update file set sum_from = null from told
    where file.fid = told.fid and sum_from <> its_device and file.checksum = told.checksum
  ), doubted as (
    select file.fid, told.checksum from told join file using (fid)
    where sum_from <> its_device and file.checksum <> told.checksum
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'fid', fid, 'deviceId', its_device, 'code', 'MSUM', 'detail', checksum)), '[]')
  into doubts from doubted;
  perform tell_fsck(its_fsck, doubts);
end $function$
;

CREATE OR REPLACE FUNCTION public.tell_fsck(its_fsck integer, news jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if jsonb_array_length(news) = 0 then return; end if;
  insert into fsck_event (fsck_id, fid, device_id, code, detail)
  select its_fsck, fid, "deviceId", code, detail
  from jsonb_to_recordset(news) as event (fid bigint, "deviceId" int, code text, detail text);
  update fsck set counts = counts || (
    select jsonb_object_agg(code, events + coalesce((counts ->> code)::bigint, 0))
    from (select code, count(*) as events
      from jsonb_to_recordset(news) as event (code text) group by code) as by_code)
  where fsck_id = its_fsck;
end $function$
;

CREATE TRIGGER "an operator's change is recorded" AFTER INSERT OR DELETE OR UPDATE ON api_key FOR EACH ROW EXECUTE FUNCTION record_audit('api_key_id', 'label', 'domain_id', 'scopes', 'rate_per_s');

CREATE TRIGGER "an operator's change is recorded" AFTER INSERT OR DELETE OR UPDATE ON class FOR EACH ROW EXECUTE FUNCTION record_audit('name', 'name', 'copies', 'policy', 'checksum_kind', 'commit_at', 'trash_s', 'cache_s', 'public_read');

CREATE TRIGGER "a mark is dated" BEFORE UPDATE OF state ON device FOR EACH ROW EXECUTE FUNCTION date_mark();

CREATE TRIGGER "a new device is scrubbed in its time" AFTER INSERT ON device FOR EACH ROW EXECUTE FUNCTION begin_scrubbing();

CREATE TRIGGER "an operator's change is recorded" AFTER INSERT OR DELETE OR UPDATE OF state, weight ON device FOR EACH ROW EXECUTE FUNCTION record_audit('device_id', 'host_id', 'state', 'weight');

CREATE TRIGGER "looks go with their device" AFTER DELETE ON device FOR EACH ROW EXECUTE FUNCTION forget_looks();

CREATE TRIGGER "a domain's trash ends with it" AFTER DELETE ON domain FOR EACH ROW EXECUTE FUNCTION end_trash();

CREATE TRIGGER "an operator's change is recorded" AFTER INSERT OR DELETE OR UPDATE ON domain FOR EACH ROW EXECUTE FUNCTION record_audit('name', 'name', 'quota_bytes', 'quota_files');

CREATE TRIGGER "a change of a file is noted" AFTER UPDATE ON file FOR EACH ROW WHEN (old.fid = new.fid) EXECUTE FUNCTION note_change();

CREATE TRIGGER "a deleted fid is buried" AFTER DELETE ON file FOR EACH ROW EXECUTE FUNCTION bury();

CREATE TRIGGER "a replaced fid is buried" AFTER UPDATE ON file FOR EACH ROW WHEN (old.fid <> new.fid) EXECUTE FUNCTION bury();

CREATE TRIGGER "an operator's change of an fsck is recorded" AFTER UPDATE OF state ON fsck FOR EACH ROW WHEN (new.state <> 'done'::text) EXECUTE FUNCTION record_audit('fsck_id', 'state');

CREATE TRIGGER "an operator's fsck is recorded" AFTER INSERT ON fsck FOR EACH ROW EXECUTE FUNCTION record_audit('fsck_id', 'check_kind', 'domain_id', 'class_id', 'prefix', 'device_id', 'bytes_per_s', 'files_per_s');

CREATE TRIGGER "an operator's change is recorded" AFTER INSERT OR DELETE OR UPDATE OF name, state, public_url, internal_url, internal_mask, zone, key_version, enrollment_hash, credential_hash ON host FOR EACH ROW EXECUTE FUNCTION record_audit('name', 'name', 'state', 'public_url', 'internal_url', 'internal_mask', 'zone', 'key_version', 'enrollment_hash', 'credential_hash');

CREATE TRIGGER "an operator's change is recorded" AFTER UPDATE OF policy, state ON rebalance FOR EACH ROW WHEN (new.state <> 'finished'::text) EXECUTE FUNCTION record_audit('policy', 'policy', 'state');

CREATE TRIGGER "an operator's change is recorded" AFTER INSERT OR DELETE OR UPDATE ON setting FOR EACH ROW EXECUTE FUNCTION record_audit('name', 'value');

CREATE TRIGGER "an operator's change is recorded" AFTER INSERT OR DELETE OR UPDATE OF url, paused ON webhook FOR EACH ROW EXECUTE FUNCTION record_audit('webhook_id', 'domain_id', 'url', 'paused');
