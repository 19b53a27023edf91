// The jobs that this agent holds: run side by side, but those of one fid on one device in the order
// of their arrival. Outcomes are kept until a tracker has heard them.
import { errorFacts } from '#shared/events.ts'
import type { DeviceId, Fid, JobId } from '#shared/ids.ts'
import { MAX_JOBS_PER_SYNC, MAX_REPORTS_PER_SYNC } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import type { LeasedJob, SyncRequest } from '#shared/wire/agents.ts'
import { Lane } from '../disk/lane.ts'
import { Turns } from '../disk/turns.ts'
import { type JobDeps, type JobOutcome, runJob } from '../jobs/index.ts'
import { MAX_HELD_JOBS, REPORTS_THAT_WAKE } from '../limits.ts'
import type { JobMeter } from '../metrics/job-meter.ts'

interface Held {
  job: LeasedJob
  /** The newest lease: a report under an older one would change nothing (I6). */
  attempt: number
}

interface Report {
  jobId: JobId
  attempt: number
  result: JobOutcome
}

/** What one sync says about jobs, and what of it is to be forgotten when it was heard. */
export interface Reports {
  wire: Pick<SyncRequest, 'done' | 'failed' | 'renew'>
  sent: readonly Report[]
}

export interface WorkDeps extends JobDeps {
  meter: JobMeter
}

export class Work {
  readonly #deps: WorkDeps
  readonly #onReady: () => void
  readonly #held = new Map<JobId, Held>()
  readonly #reports = new Map<JobId, Report>()
  readonly #lanes = new Map<DeviceId, Lane>()
  readonly #turns = new Turns<string>()

  /** `onReady` is called when there is enough to report not to wait for the next sync. */
  constructor(deps: WorkDeps, onReady: () => void) {
    this.#deps = deps
    this.#onReady = onReady
  }

  /** How many more jobs may come with the next sync. */
  get want(): number {
    return Math.min(Math.max(MAX_HELD_JOBS - this.#held.size, 0), MAX_JOBS_PER_SYNC)
  }

  get held(): number {
    return this.#held.size
  }

  /** We may be about to unlink it, also when our lease for that has run out meanwhile. */
  isErasing(deviceId: DeviceId, fid: Fid): boolean {
    return this.#held
      .values()
      .some(({ job }) => job.kind === 'delete' && job.deviceId === deviceId && job.fid === fid)
  }

  get isHolding(): boolean {
    return this.#held.size > 0
  }

  take(jobs: readonly LeasedJob[]): void {
    for (const job of jobs) {
      const held = this.#held.get(job.jobId)
      if (held === undefined) void this.#do({ job, attempt: job.attempt })
      // leased anew while we still have it: the same work, reported under the newer lease. If its
      // row has turned to the opposite meanwhile, our report must not speak for that: it waits
      else if (held.job.kind === job.kind) held.attempt = job.attempt
    }
  }

  /** As many at once as each device's pace allows now. */
  keepPace(): void {
    for (const deviceId of this.#lanes.keys()) this.#laneOf(deviceId)
  }

  reports(): Reports {
    const sent = [...this.#reports.values()].slice(0, MAX_REPORTS_PER_SYNC)
    const done = sent.filter(({ result }) => result.outcome === 'done')
    const failed = sent.flatMap(({ jobId, attempt, result }) =>
      result.outcome === 'done' ? [] : [{ jobId, attempt, ...result }],
    )
    const renew = Array.from(this.#held.values(), ({ job, attempt }) => ({
      jobId: job.jobId,
      attempt,
    }))
    return {
      wire: { done: done.map(({ jobId, attempt }) => ({ jobId, attempt })), failed, renew },
      sent,
    }
  }

  acknowledge({ sent }: Reports): void {
    for (const report of sent)
      if (this.#reports.get(report.jobId) === report) this.#reports.delete(report.jobId)
  }

  async #do(held: Held): Promise<void> {
    const { job } = held
    const { jobId, deviceId, fid } = job
    this.#held.set(jobId, held)
    const result = await this.#turns.run(`${deviceId}/${fid}`, () =>
      this.#laneOf(deviceId).run(() => this.#try(job)),
    )
    this.#held.delete(jobId)
    this.#deps.meter.ended(job.kind, result.outcome)
    if (this.#isStopping()) return
    this.#reports.set(jobId, { jobId, attempt: held.attempt, result })
    if (this.#held.size === 0 || this.#reports.size >= REPORTS_THAT_WAKE) this.#onReady()
  }

  async #try(job: LeasedJob): Promise<JobOutcome> {
    if (this.#isStopping()) return { outcome: 'retry', reason: 'stopping' }
    try {
      return await runJob(job, this.#deps)
    } catch (error) {
      if (error instanceof Problem) return { outcome: 'retry', reason: error.code }
      const { jobId, kind, deviceId, fid } = job
      const facts = { jobId, kind, deviceId, fid, ...errorFacts(error) }
      if (!this.#isStopping()) this.#deps.events.emit('error', 'job.failed', facts)
      return { outcome: 'retry', reason: 'internal' }
    }
  }

  #isStopping(): boolean {
    return this.#deps.signal.aborted
  }

  #laneOf(deviceId: DeviceId): Lane {
    let lane = this.#lanes.get(deviceId)
    if (lane === undefined) {
      lane = new Lane(1)
      this.#lanes.set(deviceId, lane)
    }
    const device = this.#deps.devices.find(deviceId)
    if (device !== undefined) lane.limit = device.jobsAtOnce
    return lane
  }
}
