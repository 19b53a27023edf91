// What a tracker tells of the cluster in numbers. Every count is bounded: none walks a table of
// millions, and a queue of which more is waiting than is counted is long enough to look at.
import * as z from 'zod'
import { DeviceId } from '#shared/ids.ts'
import { DeviceCondition, DeviceState, HostState } from '#shared/states.ts'
import { statement } from './statement.ts'

/** Jobs of one host, and reasons of shortfalls, that are counted. */
export const COUNTED_JOBS_PER_HOST = 2_000
export const COUNTED_SHORTFALLS = 10_000
const COUNTED_ROWS = 10_000
const MAX_REASONS = 20

export const ClusterCounts = z.object({
  hosts: z.array(
    z.object({
      host: z.string(),
      state: HostState,
      /** Since its agent was last heard; null: never. */
      silentS: z.number().nullable(),
      /** How long the job that is due for longest waits; null: none is due. */
      oldestS: z.number().nullable(),
      replicate: z.int(),
      delete: z.int(),
      failing: z.int(),
    }),
  ),
  devices: z.array(
    z.object({
      deviceId: DeviceId,
      host: z.string(),
      state: DeviceState,
      condition: DeviceCondition.nullable(),
      bytesTotal: z.number().nullable(),
      bytesFree: z.number().nullable(),
      utilization: z.number().nullable(),
    }),
  ),
  shortfalls: z.array(z.object({ reason: z.string(), files: z.int() })),
  sweeps: z.array(z.object({ sweep: z.string(), lateS: z.number() })),
  tombstones: z.int(),
  uploads: z.int(),
  moves: z.int(),
  lost: z.int(),
  webhooksFailing: z.int(),
})
export type ClusterCounts = z.infer<typeof ClusterCounts>

export const readCounts = () => statement(ClusterCounts)`
  select
    coalesce((
      select json_agg(json_build_object('host', name, 'state', host.state,
        'silentS', extract(epoch from now() - seen_at)::float8,
        'oldestS', extract(epoch from now() - oldest.run_at)::float8,
        'replicate', jobs.replicate, 'delete', jobs.delete, 'failing', jobs.failing)
        order by name)
      from host cross join lateral (
        select count(*) filter (where kind = 'replicate') as replicate,
          count(*) filter (where kind = 'delete') as delete,
          count(*) filter (where failures > 0) as failing
        from (
          select kind, failures from job where job.host_id = host.host_id
          limit ${COUNTED_JOBS_PER_HOST}) as counted
      ) as jobs left join lateral (
        -- the first of each urgency: in between stand those that are not due
        select min(run_at) as run_at
        from device cross join generate_series(0, 3) as level cross join lateral (
          select run_at from job
          where job.host_id = host.host_id and job.device_id = device.device_id
            and job.priority = level and run_at <= now()
          order by run_at limit 1) as first
        where device.host_id = host.host_id
      ) as oldest on true
    ), '[]') as hosts,
    coalesce((
      select json_agg(json_build_object('deviceId', device_id, 'host', name,
        'state', device.state, 'condition', condition, 'bytesTotal', bytes_total,
        'bytesFree', bytes_free, 'utilization', utilization) order by device_id)
      from device join host using (host_id)
    ), '[]') as devices,
    coalesce((
      select json_agg(json_build_object('reason', reason, 'files', files)) from (
        select reason, count(*) as files
        from (select reason from shortfall limit ${COUNTED_SHORTFALLS}) as short
        group by reason order by files desc, reason limit ${MAX_REASONS}) as by_reason
    ), '[]') as shortfalls,
    coalesce((
      select json_agg(json_build_object('sweep', name,
        'lateS', greatest(extract(epoch from now() - next_at), 0)::float8) order by name)
      from sweep
    ), '[]') as sweeps,
    (select count(*)::int from (select from tombstone limit ${COUNTED_ROWS}) as t) as tombstones,
    (select count(*)::int from (select from upload limit ${COUNTED_ROWS}) as u) as uploads,
    (select count(*)::int from (select from move limit ${COUNTED_ROWS}) as m) as moves,
    (select count(*)::int from (select from lost limit ${COUNTED_ROWS}) as l) as lost,
    (select count(*)::int from webhook where failures > 0 and not paused) as "webhooksFailing"`
