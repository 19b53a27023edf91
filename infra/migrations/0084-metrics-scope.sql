-- A key that may read what a tracker counts, and nothing else: it lies in a Prometheus' configuration.
alter table api_key drop constraint "a key has a known scope";
alter table api_key add constraint "a key has a known scope" check (
  scopes <@ array['read', 'write', 'list', 'delete', 'admin', 'metrics']
  and cardinality(scopes) > 0);
