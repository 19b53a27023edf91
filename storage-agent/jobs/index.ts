// What each kind of job does. The compiler holds this table to be complete.
import type { Clock } from '#shared/clock.ts'
import type { Events } from '#shared/events.ts'
import type { LeasedJob } from '#shared/wire/agents.ts'
import type { Devices } from '../disk/devices.ts'
import type { Nodes } from '../nodes.ts'
import { deleteFile } from './delete.ts'
import { replicate } from './replicate.ts'

export interface JobDeps {
  devices: Devices
  nodes: Nodes
  clock: Clock
  events: Events
  /** Aborts when the agent stops. */
  signal: AbortSignal
}

/** `retry` waits and tries again; `hopeless` asks for another place. */
export type JobOutcome = { outcome: 'done' } | { outcome: 'retry' | 'hopeless'; reason: string }

type Job<Kind extends LeasedJob['kind']> = Extract<LeasedJob, { kind: Kind }>

const handlers: {
  [Kind in LeasedJob['kind']]: (job: Job<Kind>, deps: JobDeps) => Promise<JobOutcome>
} = {
  replicate,
  delete: deleteFile,
}

export const runJob = (job: LeasedJob, deps: JobDeps): Promise<JobOutcome> =>
  job.kind === 'replicate' ? handlers.replicate(job, deps) : handlers.delete(job, deps)
