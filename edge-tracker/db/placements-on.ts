// Which live files lie on devices, by the ledger: how many of which class lie together on which.
import * as z from 'zod'
import { DeviceId } from '#shared/ids.ts'
import { statement } from './statement.ts'

const PlacementRow = z.object({
  domain: z.string(),
  class: z.string(),
  copies: z.int(),
  policy: z.string(),
  deviceIds: z.array(DeviceId),
  files: z.number(),
  bytes: z.number(),
})

/** The most files first. As many rows as `limit`: there may be more. */
export const placementsOn = (deviceIds: readonly DeviceId[], limit: number) =>
  statement(PlacementRow)`
  select domain.name as domain, class.name as class, copies, policy, device_ids as "deviceIds",
    files::float8 as files, placed.bytes::float8 as bytes
  from placements() as placed join class using (class_id) join domain using (domain_id)
  where device_ids && ${deviceIds}::int[] and files > 0
  order by files desc limit ${limit}`
