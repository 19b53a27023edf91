// All facts about one file, for people who ask why: in one look, so that they fit each other.
import * as z from 'zod'
import { DeviceId, DomainName, Fid, type Key } from '#shared/ids.ts'
import { ExplainedJob, Explanation } from '#shared/wire/explain.ts'
import { CopyDetail } from '#shared/wire/files.ts'
import { statement } from './statement.ts'

const MAX_AHEAD = 1_000

/** What is told of a job, but for the words. */
const JobFacts = ExplainedJob.omit({ host: true, says: true })

const FileFacts = z.object({
  domain: DomainName,
  key: z.string(),
  fid: Fid,
  class: z.string(),
  copies: z.int(),
  policy: z.string(),
  bytes: z.number(),
  nowMs: z.number(),
  lying: z.array(CopyDetail),
  moves: z.array(z.object({ deviceId: DeviceId, rebalance: z.boolean() })),
  jobs: z.array(JobFacts),
  shortfall: Explanation.shape.shortfall,
  lost: Explanation.shape.lost,
  /** Names by number. */
  hosts: z.record(z.string(), z.string()),
})
export type FileFacts = z.infer<typeof FileFacts>

/** Zero rows: no such key, or no such domain. Times are the database's. */
export const fileFacts = (domain: DomainName, key: Key) => statement(FileFacts)`
  select domain.name as domain, key, file.fid, class.name as class, copies, policy, bytes,
    floor(extract(epoch from now()) * 1000)::bigint as "nowMs",
    coalesce((
      select json_agg(json_build_object('deviceId', replica.device_id, 'verifiedAtMs',
        case when verified_at >= file.created_at
          then floor(extract(epoch from verified_at) * 1000) end) order by replica.device_id)
      from replica left join lateral (
        select verified_at from verified
        where verified.device_id = replica.device_id and last_fid >= file.fid
        order by last_fid limit 1) as stretch on true
      where replica.fid = file.fid
    ), '[]') as lying,
    coalesce((
      select json_agg(json_build_object('deviceId', device_id, 'rebalance', rebalance)
        order by device_id)
      from move where move.fid = file.fid
    ), '[]') as moves,
    coalesce((
      select json_agg(json_build_object('jobId', job_id, 'kind', kind, 'deviceId', device_id,
        'leasedUntilMs', case when leased_until > now()
          then floor(extract(epoch from leased_until) * 1000) end,
        'notBeforeMs', floor(extract(epoch from run_at) * 1000),
        'ahead', (select count(*) from (
          select from job as other
          where other.host_id = job.host_id and other.device_id = job.device_id
            and other.run_at <= now()
            and (other.priority, other.run_at) < (job.priority, job.run_at)
          limit ${MAX_AHEAD}) as before),
        'attempt', attempt, 'failures', failures, 'reason', reason) order by device_id)
      from job where job.fid = file.fid
    ), '[]') as jobs,
    (select json_build_object('reason', reason, 'failures', failures,
        'sinceMs', floor(extract(epoch from since) * 1000),
        'tryAtMs', floor(extract(epoch from try_at) * 1000))
      from shortfall where shortfall.fid = file.fid) as shortfall,
    (select json_build_object('sinceMs', floor(extract(epoch from since) * 1000),
        'goneAtMs', floor(extract(epoch from gone_at) * 1000))
      from lost where lost.fid = file.fid) as lost,
    (select coalesce(json_object_agg(host_id, name), '{}') from host) as hosts
  from domain join file using (domain_id) join class using (class_id)
  where domain.name = ${domain} and key = ${key}`
