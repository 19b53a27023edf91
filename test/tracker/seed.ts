// Many files at once, as they would be after years: rows by SQL, and their bytes on the disks.
import type { DeviceId, Fid } from '#shared/ids.ts'
import type { World } from '../support/tracker-world.ts'

/** `count` files of the class `default`, each with a copy on every one of these devices. */
export async function seedFiles(
  world: World,
  count: number,
  on: readonly DeviceId[],
  prefix = 'seed/',
): Promise<Fid[]> {
  const rows = await world.sql<{ fid: Fid }>(
    `with stored as (
      insert into file (domain_id, key, fid, class_id, bytes, checksum)
      select domain_id, $3 || n, nextval('fid_sequence'), class_id, 1,
        'SHA-256:' || repeat('0', 64)
      from class join domain using (domain_id), generate_series(1, $1::int) as n
      where class.name = 'default' and domain.name = 'demo'
      returning fid, class_id
    ), copied as (
      insert into replica (fid, device_id) select fid, device_id
      from stored cross join unnest($2::int[]) as device_id
    ), counted as (
      insert into placement_delta (class_id, device_ids, files, bytes)
      select class_id, array(select unnest($2::int[]) order by 1), count(*), count(*)
      from stored group by class_id
    )
    select fid from stored order by fid`,
    count,
    on,
    prefix,
  )
  const fids = rows.map(({ fid }) => fid)
  for (const deviceId of on) for (const fid of fids) world.hostOf(deviceId).disk(deviceId).add(fid)
  return fids
}

/** Lets every ticket for the fids up to this one have expired; for all fids unless told. */
export const settleFids = (world: World, upTo?: number) =>
  world.sql(
    `insert into fid_mark select coalesce($1, last_value), now() from fid_sequence
      on conflict (fid) do update set settled_at = now()`,
    upTo ?? null,
  )
