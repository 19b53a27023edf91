-- Of a file that is deleted and had back between the two locks, neither was had: its copies were
-- counted while the next writer counted them too, and the ledger was off by one from then on.

-- The files among these, locked, and the tombstones of the others: until the caller's end nobody
-- buries or restores any of them, and what was done before is visible to the caller's next
-- statement. Another turn is taken only where a fid went from one table to the other meanwhile.
create or replace function lock_files(fids bigint[]) returns void language plpgsql as $$
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
end $$;
