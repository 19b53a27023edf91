// How long to leave trackers alone that did not answer.
import { SYNC_BACKOFF_FIRST_MS, SYNC_BACKOFF_MAX_MS } from './limits.ts'

/** Doubles with every failure and is spread by half, so that agents do not come back all at once. */
export function backoffMs(failures: number, random: number = Math.random()): number {
  const fullMs = Math.min(SYNC_BACKOFF_FIRST_MS * 2 ** (failures - 1), SYNC_BACKOFF_MAX_MS)
  return fullMs * (1 - random / 2)
}
