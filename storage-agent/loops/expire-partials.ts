// Looks through the partial files of all devices once a minute, and has those erased whose time is
// over. A device that cannot be written to now is looked at the next time.
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import type { Devices } from '../disk/devices.ts'
import { expirePartials } from '../disk/partial/expire.ts'
import { PARTIAL_SWEEP_MS } from '../limits.ts'

export interface ExpiryDeps {
  devices: Devices
  clock: Clock
  events: Events
  /** The time that tickets are dated by. */
  trackerNowMs: () => number
}

/** Ends with the signal. Never rejects. */
export async function expiryLoop(deps: ExpiryDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await expireAll(deps)
    await deps.clock.sleep(PARTIAL_SWEEP_MS, signal)
  }
}

export async function expireAll({ devices, events, trackerNowMs }: ExpiryDeps): Promise<void> {
  for (const device of devices.all().filter(({ isWritable }) => isWritable)) {
    const { deviceId } = device
    try {
      const files = await expirePartials(device, trackerNowMs() / 1_000)
      if (files > 0) events.emit('info', 'partial.expired', { deviceId, files })
    } catch (error) {
      events.emit('warn', 'partial.expiryFailed', { deviceId, ...errorFacts(error) })
    }
  }
}
