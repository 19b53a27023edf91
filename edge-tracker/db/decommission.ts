// Devices on their way out: what they hold still, and whether anybody would miss them.
import * as z from 'zod'
import { DeviceId, type Name } from '#shared/ids.ts'
import { DEVICE_SETTLED_MS, MAX_REFUSALS_TOLD } from '#shared/limits.ts'
import { Decommission } from '#shared/wire/moving.ts'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

/** One device, or all of a host. */
export type Leaver = { deviceId: DeviceId } | { host: Name }

const deviceOf = (leaver: Leaver) => ('deviceId' in leaver ? leaver.deviceId : null)
const hostOf = (leaver: Leaver) => ('host' in leaver ? leaver.host : null)

/**
 * No devices: there is no such device, or host, or it has none. Safe to pull is what is drained or
 * dead for long enough that no tracker offers it, holds no live file, and can get none.
 */
export const decommissionStatus = (leaver: Leaver) => statement(Decommission)`
  with leaving as (
    select device_id, device.state, marked_at from device join host using (host_id)
    where device_id = ${deviceOf(leaver)}::int or host.name = ${hostOf(leaver)}::text
  ), held as (
    select device_id, sum(files)::float8 as files, sum(bytes)::float8 as bytes
    from placements() cross join unnest(device_ids) as device_id
    where device_ids && array(select device_id from leaving)
    group by device_id
  ), told as (
    select device_id, state, coalesce(files, 0) as files, coalesce(bytes, 0) as bytes,
      (select count(*)::int from move where move.device_id = leaving.device_id) as moving,
      marked_at > now() - ${DEVICE_SETTLED_MS} * interval '1 ms'
        or exists (select from upload where leaving.device_id = any(device_ids))
        or exists (
          select from job where job.device_id = leaving.device_id and kind = 'replicate')
        as arriving
    from leaving left join held using (device_id)
  ), judged as (
    select *, state in ('drain', 'dead') and files = 0 and not arriving as safe from told
  )
  select
    coalesce(json_agg(json_build_object('deviceId', device_id, 'state', state, 'files', files,
      'bytes', bytes, 'leaving', moving, 'arriving', arriving, 'isSafe', safe)
      order by device_id), '[]') as devices,
    coalesce((
      select json_agg(json_build_object('deviceId', device_id, 'reason', reason, 'files', files,
        'bytes', bytes)) from (
        select device_id, reason, files, bytes from refusal join leaving using (device_id)
        where not rebalance order by files desc limit ${MAX_REFUSALS_TOLD}) as most
    ), '[]') as refused,
    coalesce(bool_and(safe), false) as "isSafe"
  from judged`

/** Drains what is not dead, from now on; or takes what is drained back into service. */
export const markLeaving = (who: Actor, leaver: Leaver, state: 'drain' | 'alive') =>
  statement(z.object({ deviceId: DeviceId }))`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  update device set state = ${state}, drained_fid = 0, drain_at = now()
  from host, actor
  where device.host_id = host.host_id
    and (device_id = ${deviceOf(leaver)}::int or host.name = ${hostOf(leaver)}::text)
    and device.state = any(case when ${state}::text = 'drain'
      then array['alive', 'readonly', 'down'] else array['drain'] end)
  returning device_id as "deviceId"`
