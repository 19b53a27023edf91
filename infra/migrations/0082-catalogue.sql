-- Agents keep what the database says of their files beside the bytes, and of the cluster itself.
-- They ask for it when it suits them: nobody who stores, renames or deletes waits for that.

-- What happened to files that agents know already? (that new ones came, they see themselves)
-- Where the feed is long, build it concurrently beforehand.
create index if not exists change_of_known on change (xid, change_id) where kind <> 'create';

-- Nobody knows what happened before here, of whatever domain: a cursor below it is cut.
create index if not exists change_floor_in_order on change_floor (xid, change_id);

-- All that a cluster is but its files: enough to begin anew with an empty database. Of secrets it
-- holds hashes alone. Whole rows: a column that comes later is in it without a word here.
create function definitions() returns text language sql stable as $$
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
$$;
