-- The trash of a domain goes with it: nobody could have a file of it back.
create function end_trash() returns trigger language plpgsql as $$
begin
  update tombstone set erase_at = now() where domain_id = old.domain_id and erase_at > created_at
    and erase_at > now();
  return null;
end $$;
create trigger "a domain's trash ends with it"
  after delete on domain for each row execute function end_trash();
