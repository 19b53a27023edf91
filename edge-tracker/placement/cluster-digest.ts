// All that the verdicts of policies depend on, but for the file and its class, in one text: when it
// is another than before, every file may be worth another look. Pure.
import type { DeviceView } from '#shared/device-view.ts'
import { hashSecret } from '#shared/mac.ts'
import { networkOf } from './zones.ts'

/** Gauges and silence are not in it: they come and go, and no verdict depends on them. */
export const clusterDigest = (devices: readonly DeviceView[]): string =>
  hashSecret(
    devices
      .toSorted((a, b) => a.deviceId - b.deviceId)
      .map((device) =>
        [device.deviceId, device.hostId, device.state, device.hostState, networkOf(device)].join(),
      )
      .join('\n'),
  )
