-- A file that came without a checksum gets it from its copies, when they are first read. One copy is
-- a witness, and may be the damaged one: until another has the same bytes, none is called wrong.

alter table file add sum_from int; -- the device that alone has told the checksum so far

-- What a device found its copies' checksums to be, in the run that read them. Of two devices that
-- tell at once, the second finds what the first has told: so it is a function.
create function take_sums(its_fsck int, its_device int, sums jsonb)
returns void language plpgsql as $$
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
end $$;
