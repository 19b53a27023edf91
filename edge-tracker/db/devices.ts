// Devices: numbered here, never reused; a dead one never comes back, but can be forgotten.
import * as z from 'zod'
import { DeviceId } from '#shared/ids.ts'
import type { DeviceState } from '#shared/states.ts'
import { Device, type NewDevice } from '#shared/wire/admin.ts'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

export const listDevices = () => statement(Device)`
  select device_id as "deviceId", host.name as host, device.state, weight, condition, reason,
    bytes_total as "bytesTotal", bytes_free as "bytesFree", utilization,
    extract(epoch from now() - seen_at)::float8 * 1000 as "silentMs"
  from device join host using (host_id) order by device_id`

const AddedDevice = z.object({ deviceId: DeviceId.nullable(), taken: z.boolean() })

/**
 * Numbered by the sequence, which is kept behind every number that is asked for. Zero rows: no such
 * host. A number that a forgotten device had is taken: its disk may still lie somewhere.
 */
export const addDevice = (who: Actor, { host, deviceId, state }: NewDevice) =>
  statement(AddedDevice)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), asked as (
    select host_id, ${deviceId ?? null}::int is not null and exists (
        select from audit
        where noun = 'device' and verb = 'delete' and subject = ${deviceId ?? null}::text) as taken,
      case when ${deviceId ?? null}::int is null then nextval('device_device_id_seq')
        else setval('device_device_id_seq',
          greatest(${deviceId ?? null}::int, (select last_value from device_device_id_seq)))
        end as number
    from host, actor where name = ${host}
  ), added as (
    insert into device (device_id, host_id, state) overriding system value
    select coalesce(${deviceId ?? null}::int, number), host_id, ${state} from asked where not taken
    returning device_id
  )
  select (select device_id from added) as "deviceId", taken from asked`

const Marked = z.object({ before: z.string(), changed: z.boolean() })

/** Zero rows: no such device. A dead device is left as it is. */
export const changeDevice = (
  who: Actor,
  deviceId: DeviceId,
  change: { state?: DeviceState | undefined; weight?: number | undefined },
) => statement(Marked)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), found as (
    select device_id, state from device where device_id = ${deviceId} for update
  ), changed as (
    update device set state = coalesce(${change.state ?? null}::text, device.state),
      weight = coalesce(${change.weight ?? null}::int, weight)
    from found, actor
    where device.device_id = found.device_id
      and (found.state <> 'dead' or coalesce(${change.state ?? null}::text, 'dead') = 'dead')
    returning device.device_id
  )
  select state as before, exists(select from changed) as changed from found`

const Forgotten = z.object({ dead: z.boolean(), settled: z.boolean(), gone: z.boolean() })

/**
 * Forgets a device that is dead and that nothing names: no copy, no job, no open upload. Dead for a
 * while, so that no tracker's view offers it any more (`settledMs`). Zero rows: no such device.
 */
export const deleteDevice = (who: Actor, deviceId: DeviceId, settledMs: number) =>
  statement(Forgotten)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), found as (
    select device_id, state = 'dead' as dead,
      marked_at < now() - ${settledMs} * interval '1 ms'
        and not exists (select from replica where replica.device_id = device.device_id)
        and not exists (select from job where job.device_id = device.device_id)
        and not exists (select from upload where device.device_id = any(device_ids)) as settled
    from device where device_id = ${deviceId} for update
  ), gone as (
    delete from device using found, actor
    where device.device_id = found.device_id and dead and settled
    returning device.device_id
  )
  select dead, settled, exists(select from gone) as gone from found`

const Swept = z.object({ strays: z.int(), sweptFid: z.int() })

/**
 * Fids that lie on a device but that no replica, upload or job names become delete jobs. The cursor
 * moves with them in one statement. Zero rows: not this host's device, not from its cursor on, or
 * not settled yet.
 */
export const sweepInventory = (
  credentialHash: string,
  range: { deviceId: DeviceId; fromFid: number; toFid: number; fids: readonly number[] },
) => statement(Swept)`
  with moved as (
    update device set swept_fid = ${range.toFid}
    from host
    where device_id = ${range.deviceId} and device.host_id = host.host_id
      and credential_hash = ${credentialHash} and swept_fid = ${range.fromFid} - 1
      and ${range.toFid} <= (select coalesce(max(fid), 0) from fid_mark where settled_at <= now())
    returning device_id, device.host_id
  ), strays as (
    insert into job (host_id, kind, fid, device_id, priority)
    select host_id, 'delete', fid, device_id, 3
    from moved cross join unnest(${range.fids}::bigint[]) as lying (fid)
    where not exists (
        select from replica where replica.fid = lying.fid and replica.device_id = moved.device_id)
      and not exists (select from upload where upload.fid = lying.fid)
      and not exists (select from lost where lost.fid = lying.fid) -- it may be the last good copy
      and not exists (select from rebuild_copy
        where rebuild_copy.fid = lying.fid and rebuild_copy.device_id = moved.device_id)
    on conflict (fid, device_id) do nothing
    returning fid
  )
  select (select count(*)::int from strays) as strays, ${range.toFid}::bigint as "sweptFid"
  from moved`
