// The cluster as a whole: what every placement decision looks at, read at once.
import * as z from 'zod'
import { DeviceView } from '#shared/device-view.ts'
import { statement } from './statement.ts'

const ClusterRow = z.object({
  devices: z.array(DeviceView),
  settings: z.record(z.string(), z.unknown()),
  /** Of the classes whose policy is not the default one. */
  policies: z.array(
    z.object({ domain: z.string(), class: z.string(), copies: z.int(), policy: z.string() }),
  ),
})

/** One row: all devices with their hosts, the settings that were changed, special policies. */
export const readCluster = () => statement(ClusterRow)`
  select
    coalesce((
      select json_agg(doc)
      from device_view
    ), '[]') as devices,
    coalesce((select json_object_agg(name, value) from setting), '{}') as settings,
    coalesce((
      select json_agg(json_build_object(
        'domain', domain.name, 'class', class.name, 'copies', copies, 'policy', policy))
      from class join domain using (domain_id) where policy <> 'MultipleHosts()'
    ), '[]') as policies`
