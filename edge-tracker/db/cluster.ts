// The cluster as a whole: what every placement decision looks at, read at once.
import * as z from 'zod'
import { DeviceId, HostId } from '#shared/ids.ts'
import { DeviceCondition, DeviceState, HostState } from '#shared/states.ts'
import { statement } from './statement.ts'

export const DeviceView = z.object({
  deviceId: DeviceId,
  hostId: HostId,
  state: DeviceState,
  hostState: HostState,
  url: z.string().nullable(),
  keyVersion: z.int(),
  weight: z.int(),
  condition: DeviceCondition.nullable(),
  bytesTotal: z.number().nullable(),
  bytesFree: z.number().nullable(),
  utilization: z.number().nullable(),
  /** Since the last sync of its agent, by the database's clock; null before the first. */
  silentMs: z.number().nullable(),
})
export type DeviceView = z.infer<typeof DeviceView>

const ClusterRow = z.object({
  devices: z.array(DeviceView),
  settings: z.record(z.string(), z.unknown()),
})

/** One row: all devices with their hosts, and the settings that were changed. */
export const readCluster = () => statement(ClusterRow)`
  select
    coalesce((
      select json_agg(doc)
      from device_view
    ), '[]') as devices,
    coalesce((select json_object_agg(name, value) from setting), '{}') as settings`
