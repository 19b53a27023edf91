-- A disk may tell of definitions that are older than a column: it gets its default then. Columns
-- that are newer than this function are restored, too: they are named by the document.
create function restore_rows(its_table text, definitions jsonb, but_not text[] default '{}')
returns void language plpgsql as $$
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
end $$;

create or replace function restore_definitions(doc jsonb) returns void language plpgsql as $$
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
end $$;
