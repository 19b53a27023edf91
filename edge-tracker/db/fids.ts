// Files by their fid, for those who walk all of them or ask about one.
import * as z from 'zod'
import { DeviceId, Fid } from '#shared/ids.ts'
import { FidFacts, NumberedFile } from '#shared/wire/fids.ts'
import { statement } from './statement.ts'

/** So many that nobody was given or will be. Answered when that lies on the database's disk. */
export const takeFids = (count: number) => statement(z.object({ fid: Fid }))`
  with taken as (select nextval('fid_sequence') as fid from generate_series(1, ${count}))
  select fid from taken`

/** Behind a fid, in their order. */
export const listFids = (after: number, limit: number) => statement(NumberedFile)`
  select file.fid, domain.name as domain, class.name as class, key, bytes,
    (select count(*)::int from replica where replica.fid = file.fid) as copies
  from file join domain using (domain_id) join class using (class_id)
  where file.fid > ${after} order by file.fid limit ${limit}`

const FidRow = FidFacts.omit({ copies: true }).extend({ deviceIds: z.array(DeviceId) })

/** One row, always: every row that names the fid. */
export const factsOfFid = (fid: Fid) => statement(FidRow)`
  select
    (select json_build_object('domainId', file.domain_id, 'domain', domain.name, 'key', key,
        'classId', class_id, 'bytes', bytes, 'checksum', checksum)
      from file join domain using (domain_id) where fid = ${fid}) as file,
    (select json_build_object('domainId', domain_id, 'key', key, 'classId', class_id,
        'deviceIds', device_ids, 'createdAtMs', floor(extract(epoch from created_at) * 1000))
      from upload where fid = ${fid}) as upload,
    (select json_build_object('reason', reason, 'failures', failures,
        'tryAtMs', floor(extract(epoch from try_at) * 1000))
      from shortfall where fid = ${fid}) as shortfall,
    (select json_build_object('eraseAtMs', floor(extract(epoch from erase_at) * 1000))
      from tombstone where fid = ${fid}) as tombstone,
    array(select device_id from replica where fid = ${fid} order by 1) as "deviceIds",
    coalesce((
      select json_agg(json_build_object('kind', kind, 'deviceId', device_id,
        'failures', failures, 'runAtMs', floor(extract(epoch from run_at) * 1000))
        order by device_id)
      from job where fid = ${fid}
    ), '[]') as jobs,
    coalesce((
      select json_agg(json_build_object('deviceId', device_id, 'rebalance', rebalance)
        order by device_id)
      from move where fid = ${fid}
    ), '[]') as moves`
