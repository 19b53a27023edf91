// What the policies count: hosts and networks, of the devices that there are or that are available.
// Pure.
import type { DeviceView } from '#shared/device-view.ts'
import type { HostId } from '#shared/ids.ts'
import { deviceCapabilities, hostCapabilities } from '#shared/states.ts'
import { networkOf } from '../zones.ts'

export const hostsOf = (devices: readonly DeviceView[]): Set<HostId> =>
  new Set(devices.map(({ hostId }) => hostId))

export const networksOf = (devices: readonly DeviceView[]): Set<string> =>
  new Set(devices.map(networkOf))

/** By their states alone: a full or silent device does not make its host unavailable for ever. */
export const available = (devices: readonly DeviceView[]): DeviceView[] =>
  devices.filter(
    ({ state, hostState }) =>
      deviceCapabilities[state].replicas && hostCapabilities[hostState].write,
  )

/** Copies on every disk that is not dead, and more than one. */
export const isOnEveryDisk = (on: readonly DeviceView[], all: readonly DeviceView[]): boolean =>
  on.length >= 2 && on.length === all.filter(({ state }) => state !== 'dead').length
