/**
 * POST sync: the one conversation of an agent with the cluster, in one statement. Nobody is told
 * anything that is not answered here; a lost answer is repeated by the agent's next sync.
 */
import { hashSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { type Settings, scrubPace, workPace } from '#shared/settings.ts'
import { type LeasedJob, SyncRequest, type SyncResponse } from '#shared/wire/agents.ts'
import { bearer } from '../../auth/caller.ts'
import { holdsKeys } from '../../auth/host-keys.ts'
import { readUrl } from '../../auth/node-urls.ts'
import { first } from '../../db/db.ts'
import { type Leased, sync as syncStatement } from '../../db/sync.ts'
import type { Deps } from '../../deps.ts'
import { rankSources } from '../../placement/rank-sources.ts'
import { expectProtocol, readJson, type TrackerContext } from '../../request.ts'
import { runSweeps } from '../../sweeps/run-sweeps.ts'

export async function sync(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const credential = bearer(c.req.header('authorization'))
  const request = await readJson(c, SyncRequest)
  expectProtocol(request.protocol)

  const { settings } = await deps.view.get()
  const { leaseMs } = settings
  const ask = { leaseMs, scrubs: scrubPace(settings) !== undefined }
  const synced = await first(deps.db, syncStatement(hashSecret(credential), request, ask))
  if (synced === undefined) throw new Problem('unauthorized')

  // the agents' questions keep the sweeps going, whatever cron's step is
  if (deps.sweepPace.isDue(settings.sweepMs)) c.executionCtx.waitUntil(runSweeps(deps))

  const { hostId, keyVersion, nowMs, devices, settledFid } = synced
  const jobs = synced.jobs.flatMap((job) => orderOf(deps, settings, job))
  const keys = deps.keys.forAgent(hostId, keyVersion)
  const answer: SyncResponse = {
    nowMs,
    pollAfterMs: pollAfter(request, jobs.length, settings),
    leaseMs,
    jobs,
    devices,
    settledFid,
    pace: workPace(settings),
    ...(!holdsKeys(request.keyIds, keys) && { keys }),
  }
  return c.json(answer)
}

/** At once while the queue fills every wish; soon while there is work; else as the settings say. */
function pollAfter(request: SyncRequest, jobs: number, settings: Settings): number {
  if (jobs > 0 && jobs === request.want) return 0
  const worked = jobs + request.done.length + request.failed.length + request.renew.length > 0
  return worked ? settings.busyPollMs : settings.idlePollMs
}

/** A leased row as the agent gets it; none for a copy whose file is gone: a sweep turns the row. */
function orderOf(deps: Deps, settings: Settings, job: Leased): LeasedJob[] {
  const { jobId, attempt, kind, fid, deviceId, bytes, checksum } = job
  if (kind === 'delete') return [{ kind, jobId, attempt, fid, deviceId }]
  if (bytes === null || checksum === null) return []

  const { nodes, random } = deps
  const isSilent = (url: string) => nodes.isSilent(url)
  const ranked = rankSources({ replicas: job.sources, settings, isSilent, random })
  const sources = ranked.map((device) => ({
    deviceId: device.deviceId,
    url: readUrl(deps, device, { fid, contentType: null }, settings.readTicketMs, {
      at: device.internalUrl, // agents among themselves
      isCopy: true,
    }),
  }))
  return [{ kind, jobId, attempt, fid, deviceId, bytes, checksum, sources }]
}
