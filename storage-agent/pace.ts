// The pace of background work: it steps back while clients want a device that is busy already.
import {
  BUSY_UTILIZATION,
  CLIENT_GONE_MS,
  JOBS_BESIDE_CLIENTS,
  JOBS_PER_DEVICE,
  REST_BESIDE_CLIENTS,
} from './limits.ts'

export interface Traffic {
  /** Share of the time that the device was busy, where that is known. */
  utilization: number | null
  /** Since a client last read from it or wrote to it. */
  clientIdleMs: number
}

/** How many jobs may run on a device at once. Busy with nothing but jobs, it need not spare any. */
export const jobsAtOnce = ({ utilization, clientIdleMs }: Traffic): number =>
  clientIdleMs < CLIENT_GONE_MS && (utilization ?? 0) > BUSY_UTILIZATION
    ? JOBS_BESIDE_CLIENTS
    : JOBS_PER_DEVICE

export interface Pace {
  /** Null: as fast as clients leave room. */
  bytesPerS: number | null
  filesPerS: number | null
}

/**
 * How long looking at a disk rests after a piece of work: until its pace allows the next, and while
 * clients want a disk that is busy, so long that most of its time is theirs.
 */
export function restMsAfter(
  work: { files: number; bytes: number; tookMs: number },
  pace: Pace,
  { utilization, clientIdleMs }: Traffic,
): number {
  const byBytes = pace.bytesPerS === null ? 0 : (work.bytes / pace.bytesPerS) * 1_000
  const byFiles = pace.filesPerS === null ? 0 : (work.files / pace.filesPerS) * 1_000
  const isWanted = clientIdleMs < CLIENT_GONE_MS && (utilization ?? 0) > BUSY_UTILIZATION
  const yielded = isWanted ? work.tookMs * REST_BESIDE_CLIENTS : 0
  return Math.max(byBytes - work.tookMs, byFiles - work.tookMs, yielded, 0)
}
