// The cluster as a whole: what every placement decision looks at, read at once.
import * as z from 'zod'
import { DeviceView } from '#shared/device-view.ts'
import { statement } from './statement.ts'

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
