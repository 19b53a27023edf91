// Devices as placement looks at them, and randomness that a test can repeat.
import { DeviceView } from '#shared/device-view.ts'
import { defaultSettings } from '#shared/settings.ts'

export const settings = { ...defaultSettings, downAfterMs: 15_000, minFreeBytes: 100 }

type Change = Record<string, unknown> & { hostId?: number }

/** Healthy, idle and half empty, on a host of its own; `change` says what is different. */
export function device(deviceId: number, change: Change = {}): DeviceView {
  const { hostId = deviceId } = change
  return DeviceView.parse({
    deviceId,
    hostId,
    state: 'alive',
    hostState: 'alive',
    zone: null,
    url: `http://host-${hostId}:7500`,
    internalUrl: change['url'] ?? `http://host-${hostId}:7500`,
    internalMask: null,
    keyVersion: 1,
    weight: 100,
    condition: 'ok',
    bytesTotal: 10_000,
    bytesFree: 5_000,
    utilization: 0,
    silentMs: 500,
    ...change,
  })
}

export const idsOf = (devices: readonly DeviceView[]): number[] =>
  devices.map(({ deviceId }) => deviceId)

export const nobodyIsSilent = () => false

/** Park and Miller's generator: the same numbers for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

export const ascending = (ids: readonly number[]): number[] => ids.toSorted((a, b) => a - b)

/** How often each answer came in so many tries, as a share of them. */
export function shares<Answer>(tries: number, answer: () => Answer): Map<Answer, number> {
  const counted = new Map<Answer, number>()
  for (let n = 0; n < tries; n++) {
    const given = answer()
    counted.set(given, (counted.get(given) ?? 0) + 1 / tries)
  }
  return counted
}
