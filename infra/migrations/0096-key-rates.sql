-- How many requests a second a key may make of a tracker; null: what the setting keyRatePerS says.
-- Each tracker counts for itself (decisions/0071).
alter table api_key
  add rate_per_s int,
  add constraint "a rate is positive" check (rate_per_s > 0) not valid;
alter table api_key validate constraint "a rate is positive";

create or replace trigger "an operator's change is recorded"
  after insert or update or delete on api_key for each row
  execute function record_audit('api_key_id', 'label', 'domain_id', 'scopes', 'rate_per_s');

-- A key with all that a request is judged by, in one look-up: the setting is for keys that have no
-- rate of their own, but not for operators, who must get in to change it.
create view caller as
  select api_key_id, label, domain.name as domain, scopes, key_hash, public_key,
    coalesce(rate_per_s, case when 'admin' = any(scopes) then null else (
      select nullif(case when jsonb_typeof(value) = 'number' then value::numeric end, 0)
      from setting where name = 'keyRatePerS'
    ) end)::float8 as rate_per_s
  from api_key left join domain using (domain_id);
