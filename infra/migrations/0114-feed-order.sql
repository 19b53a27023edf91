-- The feed is in the order of (xid, change_id). A transaction has its number before it waits for
-- another writer of the same key, so of two the one that came second could have the lower number,
-- and was told first: who followed the feed believed the replaced file to be the current one.
-- A change is numbered when it is written, which is after that wait: as high as what has ended by
-- then, and never lower than its own transaction, so that none comes below what was read already.
create function change_number() returns xid8 language plpgsql volatile as $$
begin
  -- a snapshot of now: not the statement's, which is older than the wait
  return greatest(pg_current_xact_id(),
    (pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)::text::xid8);
end $$;

alter table change alter xid set default change_number();
