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
  /** Of the classes that say something about their readers. */
  readers: z.array(
    z.object({ classId: z.int(), cacheS: z.int().nullable(), publicRead: z.boolean() }),
  ),
  /** Of the domains that have one. */
  quotas: z.array(
    z.object({
      domain: z.string(),
      quotaFiles: z.number().nullable(),
      quotaBytes: z.number().nullable(),
      files: z.number(),
      bytes: z.number(),
    }),
  ),
})

/** One row: all devices with their hosts, changed settings, what is special of classes. */
export const readCluster = () => statement(ClusterRow)`
  select
    coalesce((
      select json_agg(doc order by device_id)
      from device_view
    ), '[]') as devices,
    coalesce((select json_object_agg(name, value) from setting), '{}') as settings,
    coalesce((
      select json_agg(json_build_object(
        'domain', domain.name, 'class', class.name, 'copies', copies, 'policy', policy))
      from class join domain using (domain_id) where policy <> 'MultipleHosts()'
    ), '[]') as policies,
    coalesce((
      select json_agg(json_build_object(
        'classId', class_id, 'cacheS', cache_s, 'publicRead', public_read))
      from class where public_read or cache_s is not null
    ), '[]') as readers,
    coalesce((
      select json_agg(json_build_object('domain', name, 'quotaFiles', quota_files,
        'quotaBytes', quota_bytes, 'files', used_files, 'bytes', used_bytes))
      from domain cross join lateral domain_usage(domain_id)
      where quota_files is not null or quota_bytes is not null
    ), '[]') as quotas`
