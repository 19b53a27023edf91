-- For a copy of the database that takes the place of one that was ahead of it: a backup, a replica
-- that lagged. What the lost time has numbered must not be numbered again, for tickets, bytes and
-- orders with those numbers are still about; and no report of an order from that time may count.
-- To run it on a copy that lost nothing does no harm.
create function after_restore() returns bigint language plpgsql as $$
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
end $$;
