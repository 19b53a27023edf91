// What is ordered for one place, when it will be done, and what kept it from being done.
import type { ExplainedJob } from '#shared/wire/explain.ts'
import type { FileFacts } from '../db/explain.ts'
import type { ExplainAsk } from './explain-file.ts'
import { at, counted, lasting } from './words.ts'

type JobFacts = FileFacts['jobs'][number]

export function explainJob(job: JobFacts, { facts, devices, settings }: ExplainAsk): ExplainedJob {
  const { deviceId, kind, attempt, failures, reason } = job
  const device = devices.get(deviceId)
  const host = facts.hosts[device?.hostId ?? 0] ?? '?'
  const task = kind === 'replicate' ? 'a copy is ordered' : 'bytes are to be erased'
  const last = `the last for this reason: ${reason ?? 'none was given'}`
  const tries = failures === 0 ? '' : `; ${counted(failures, 'attempt')} failed, ${last}`
  const pollMs = Math.max(settings.busyPollMs, settings.idlePollMs, 1_000)
  const soon = `within ${lasting(pollMs)}, when its agent asks next`
  const says = `${task} on device ${deviceId} of host ${host}, ${when(job, facts.nowMs, soon)}`
  return { ...job, host, attempt, says: `${says}${tries}` }
}

function when(
  { leasedUntilMs, notBeforeMs, ahead }: JobFacts,
  nowMs: number,
  soon: string,
): string {
  if (leasedUntilMs !== null)
    return `and being done: its lease ends at ${at(leasedUntilMs)} unless it is renewed`
  if (notBeforeMs > nowMs)
    return `not before ${at(notBeforeMs)}, in ${lasting(notBeforeMs - nowMs)}`
  return ahead === 0 ? `next in line: ${soon}` : `behind ${counted(ahead, 'job')} of its device`
}
