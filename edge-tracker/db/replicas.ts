// Where the bytes are: what a read needs, in one row.
import * as z from 'zod'
import { DeviceView } from '#shared/device-view.ts'
import { Checksum, type DomainName, Fid, type Key } from '#shared/ids.ts'
import { statement } from './statement.ts'

const Located = z.object({
  fid: Fid,
  bytes: z.number(),
  checksum: Checksum,
  contentType: z.string().nullable(),
  replicas: z.array(DeviceView),
})
export type Located = z.infer<typeof Located>

/** Zero rows: no such key, or no such domain. */
export const replicasOfKey = (domain: DomainName, key: Key) => statement(Located)`
  select file.fid, bytes, checksum, content_type as "contentType",
    coalesce((
      select json_agg(doc)
      from replica join device_view using (device_id)
      where replica.fid = file.fid
    ), '[]') as replicas
  from domain join file using (domain_id)
  where domain.name = ${domain} and key = ${key}`
