// The pace of background work: it steps back while clients want a device that is busy already.
import { BUSY_UTILIZATION, CLIENT_GONE_MS, JOBS_BESIDE_CLIENTS, JOBS_PER_DEVICE } from './limits.ts'

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
