// Where the bytes are: all that a read asks the database, in one row.
import * as z from 'zod'
import { DeviceId, type DomainName, Fid, type Key } from '#shared/ids.ts'
import { statement } from './statement.ts'

const Located = z.object({
  fid: Fid,
  bytes: z.number(),
  contentType: z.string().nullable(),
  deviceIds: z.array(DeviceId),
})
export type Located = z.infer<typeof Located>

/**
 * Zero rows: no such key, or no such domain. What the devices are worth is in the cluster view:
 * joining them here cost a third of the rate of `paths` (2026-11-22, test/bench/paths.ts).
 */
export const replicasOfKey = (domain: DomainName, key: Key) => statement(Located)`
  select file.fid, bytes, content_type as "contentType",
    array(select device_id from replica where replica.fid = file.fid) as "deviceIds"
  from domain join file using (domain_id)
  where domain.name = ${domain} and key = ${key}`
