-- What administration needs besides: who changed what, addresses and zones of hosts, the keys that
-- are known ahead of their time, public keys of those who share, checksums of other kinds.

-- Who changed what and when. Written by the triggers below, in the transaction of the change, so
-- that no way to change a thing goes unrecorded: not a cascade, not SQL by hand.
create table audit (
  audit_id bigint primary key, -- without gaps and in the order of commits: a cursor misses nothing
  at timestamptz not null default now(),
  api_key_id int, -- null: no key was used; the key may be gone by now
  who text not null, -- the key's label; without one, the program or the role
  noun text not null, -- what was changed: class, domain, host, device, setting, api_key
  verb text not null,
  subject text not null, -- which one
  before jsonb, -- of a change: what differs; secrets never
  after jsonb,
  constraint "an audited verb is one of three" check (verb in ('add', 'change', 'delete'))
);

-- One row: the last number given. Whoever records waits here for the one before to commit.
create table audit_mark (
  last_id bigint not null,
  only_row boolean primary key default true,
  constraint "there is one audit mark" check (only_row)
);
insert into audit_mark (last_id) values (0);

-- The named columns of a row, in the wire's spelling. Of a hash only that it is there.
create function audited(doc jsonb, columns text[]) returns jsonb language sql immutable as $$
  select jsonb_object_agg(lower(left(camel, 1)) || substr(camel, 2), value)
  from (
    select replace(initcap(replace(regexp_replace(key, '_hash$', ''), '_', ' ')), ' ', '') as camel,
      case when key ~ '_hash$' and value <> 'null' then '"secret"' else value end as value
    from jsonb_each(doc) where key = any(columns)
  ) as kept
$$;

-- The statement says who acts: set_config('mog.actor', '{"apiKeyId": 7, "label": "ops"}', true).
-- The trigger's arguments: the column that names the row, then those that are recorded.
create function record_audit() returns trigger language plpgsql as $$
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
end $$;

alter table host
  add public_url text, -- where clients reach the agent, where that is not what it says itself
  add internal_mask text, -- networks whose clients are given the internal address
  add held_key_version int not null default 0, -- the newest key that the agent said it holds
  add rotated_at timestamptz not null default '-infinity'; -- when the key version was raised
-- Does another host in service have this address?
create unique index "public addresses are unique" on host (public_url) where state <> 'dead';
create unique index "internal addresses are unique" on host (internal_url) where state <> 'dead';

-- A dead device is only forgotten when no tracker can take it for alive any more.
alter table device add marked_at timestamptz not null default now(); -- when its state was changed
create function date_mark() returns trigger language plpgsql as $$
begin
  if new.state is distinct from old.state then new.marked_at := now(); end if;
  return new;
end $$;
create trigger "a mark is dated" before update of state on device
  for each row execute function date_mark();

-- What a key's holder signs links with is derived from the key; this half of it can only check.
alter table api_key
  add public_key text, -- Ed25519, base64url; null: the key was made before there were links
  add constraint "a public key belongs to one key" unique (public_key);

create trigger "an operator's change is recorded"
  after insert or update or delete on domain for each row
  execute function record_audit('name', 'name', 'quota_bytes', 'quota_files');
create trigger "an operator's change is recorded"
  after insert or update or delete on class for each row
  execute function record_audit('name', 'name', 'copies', 'policy', 'checksum_kind', 'commit_at',
    'trash_s', 'cache_s', 'public_read');
-- of what an operator says, not of heartbeats and gauges
create trigger "an operator's change is recorded"
  after insert or delete or update of name, state, public_url,
    internal_url, internal_mask, zone, key_version, enrollment_hash, credential_hash
  on host for each row
  execute function record_audit('name', 'name', 'state', 'public_url', 'internal_url',
    'internal_mask', 'zone', 'key_version', 'enrollment_hash', 'credential_hash');
create trigger "an operator's change is recorded"
  after insert or delete or update of state, weight on device
  for each row execute function record_audit('device_id', 'host_id', 'state', 'weight');
create trigger "an operator's change is recorded"
  after insert or update or delete on setting for each row
  execute function record_audit('name', 'value');
create trigger "an operator's change is recorded"
  after insert or update or delete on api_key for each row
  execute function record_audit('api_key_id', 'label', 'domain_id', 'scopes');

-- A class may ask for no checksum: then its files say `none`.
alter table file drop constraint "a checksum names its algorithm";
alter table file add constraint "a checksum names its algorithm"
  check (checksum ~ '^([A-Z0-9-]+:[0-9a-f]+|none)$') not valid;

-- `url` is for clients; `internalUrl`, among us, is the same where no other was named.
create or replace view device_view as
  select device_id, host_id, json_build_object(
    'deviceId', device_id, 'hostId', host_id, 'state', device.state, 'hostState', host.state,
    'url', coalesce(public_url, url), 'keyVersion', key_version, 'weight', weight,
    'condition', condition, 'bytesTotal', bytes_total, 'bytesFree', bytes_free,
    'utilization', utilization, 'silentMs', extract(epoch from now() - seen_at) * 1000,
    'internalUrl', coalesce(internal_url, url), 'internalMask', internal_mask,
    'zone', zone) as doc
  from device join host using (host_id);
