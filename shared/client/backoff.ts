// How long to leave a server alone that said `later`, or nothing.
import type { Clock } from '../clock.ts'
import { BACKOFF_FIRST_MS, BACKOFF_MAX_MS, RETRY_AFTER_MAX_MS } from './limits.ts'
import { Refusal } from './refusal.ts'

/** Doubles with every try and is spread by half, so that clients do not come back all at once. */
export function backoffMs(tries: number, random: number = Math.random()): number {
  const fullMs = Math.min(BACKOFF_FIRST_MS * 2 ** (tries - 1), BACKOFF_MAX_MS)
  return fullMs * (1 - random / 2)
}

/** Waits before another try. Throws the failure where the server asks for too long a pause. */
export async function backOff(
  failure: unknown,
  tries: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  const askedMs = failure instanceof Refusal ? (failure.retryAfterMs ?? 0) : 0
  if (askedMs > RETRY_AFTER_MAX_MS) throw failure
  await clock.sleep(Math.max(askedMs, backoffMs(tries)), signal)
  signal?.throwIfAborted()
}
