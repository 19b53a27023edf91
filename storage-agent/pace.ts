// The pace of background work: it steps back while clients wait for a device that is busy, or slow,
// already. Pure: what the tracker wishes and what was measured in, numbers out.
import { defaultSettings, workPace } from '#shared/settings.ts'
import type { WorkPace } from '#shared/wire/agents.ts'
import { CLIENT_GONE_MS, JOBS_BESIDE_CLIENTS, REST_BESIDE_CLIENTS } from './limits.ts'

export interface Traffic {
  /** Share of the time that the device was busy, where that is known. */
  utilization: number | null
  /** Since a client last read from it or wrote to it. */
  clientIdleMs: number
  /** How long its operations took lately, as a client feels them. */
  waitMs: number
}

/** Until a tracker has said something else. */
export const defaultPace: WorkPace = workPace(defaultSettings)

/** Whether clients want the device now, and get it too late. Busy with nothing but jobs is fine. */
export const isWanted = (traffic: Traffic, { busyPercent, slowMs }: WorkPace): boolean =>
  traffic.clientIdleMs < CLIENT_GONE_MS &&
  ((traffic.utilization ?? 0) * 100 > busyPercent || traffic.waitMs > slowMs)

const yields = (traffic: Traffic, pace: WorkPace) =>
  pace.yieldBytesPerS > 0 && isWanted(traffic, pace)

/** How many jobs may run on a device at once, and how many copies may be read from it. */
export const jobsAtOnce = (traffic: Traffic, pace: WorkPace): number =>
  yields(traffic, pace) ? Math.min(JOBS_BESIDE_CLIENTS, pace.jobsPerDevice) : pace.jobsPerDevice

/** How fast copies may be read from a device, or written to it: `limit` is the pace of that way. */
export const bytesPerS = (limit: number, traffic: Traffic, pace: WorkPace): number =>
  Math.min(
    limit || Number.POSITIVE_INFINITY,
    yields(traffic, pace) ? pace.yieldBytesPerS : Infinity,
  )

export interface LookPace {
  /** Null: as fast as clients leave room. */
  bytesPerS: number | null
  filesPerS: number | null
}

/**
 * How long looking at a disk rests after a piece of work: until its pace allows the next, and while
 * clients want the device, so long that most of its time is theirs.
 */
export function restMsAfter(
  work: { files: number; bytes: number; tookMs: number },
  pace: LookPace,
  isDeviceWanted: boolean,
): number {
  const byBytes = pace.bytesPerS === null ? 0 : (work.bytes / pace.bytesPerS) * 1_000
  const byFiles = pace.filesPerS === null ? 0 : (work.files / pace.filesPerS) * 1_000
  const yielded = isDeviceWanted ? work.tookMs * REST_BESIDE_CLIENTS : 0
  return Math.max(byBytes - work.tookMs, byFiles - work.tookMs, yielded, 0)
}
