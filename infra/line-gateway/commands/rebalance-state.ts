// The rebalance as MogileFS tells it: one text of `name=value`, and three server settings. Pure.

import { hostname } from 'node:os'
import type * as z from 'zod'
import type { Rebalance } from '#shared/wire/moving.ts'

type Status = z.infer<typeof Rebalance>

export const hasState = ({ state }: Pick<Status, 'state'>): boolean => state !== 'idle'

/** Lists are joined by commas; times are Unix seconds, and left out where they did not come. */
export function rebalanceState(rebalance: Status): string {
  const { sources, filesQueued, bytesQueued } = rebalance
  const done = sources.filter((each) => each.done).map(({ deviceId }) => deviceId)
  const left = sources.filter((each) => !each.done).map(({ deviceId }) => deviceId)
  const told: Record<string, string | number | null> = {
    bytes_queued: bytesQueued,
    completed_devs: done.join(),
    fids_queued: filesQueued,
    sdev_current: left[0] ?? null,
    source_devs: left.slice(1).join(),
    time_finished: seconds(rebalance.finishedAtMs),
    time_started: seconds(rebalance.startedAtMs),
    time_stopped: seconds(rebalance.stoppedAtMs),
  }
  return Object.entries(told)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

export const rebalanceSettings = (rebalance: Status): Record<string, string> => ({
  ...(rebalance.state === 'running' && { rebal_host: hostname() }),
  ...(rebalance.policy !== null && { rebal_policy: rebalance.policy }),
  ...(hasState(rebalance) && { rebal_state: rebalanceState(rebalance) }),
})

const seconds = (ms: number | null) => (ms === null ? null : Math.floor(ms / 1_000))
