// The devices as a reader knows them: what the primary found and was told of them, and lanes of its
// own. It opens no device and holds none: files are found by their paths.
import { performance } from 'node:perf_hooks'
import { systemClock } from '#shared/clock.ts'
import type { DeviceId } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { Device } from '../disk/device.ts'
import { type DeviceView, laneLimit } from '../disk/devices.ts'

export class MirroredDevices {
  readonly #root: string
  readonly #poolThreads: number
  readonly #devices = new Map<DeviceId, Device>()
  #wanted = new Set<DeviceId>()

  constructor(root: string, poolThreads: number) {
    this.#root = root
    this.#poolThreads = poolThreads
  }

  follow(views: readonly DeviceView[]): void {
    const named = new Set(views.map(({ deviceId }) => deviceId))
    for (const deviceId of this.#devices.keys())
      if (!named.has(deviceId)) this.#devices.delete(deviceId)
    const limit = laneLimit(this.#poolThreads, views.length)
    for (const { deviceId, state, gauge } of views) {
      const device =
        this.#devices.get(deviceId) ?? new Device(deviceId, this.#root, limit, systemClock)
      this.#devices.set(deviceId, Object.assign(device, { state, gauge }))
      device.lane.limit = limit
    }
  }

  all(): Device[] {
    return [...this.#devices.values()]
  }

  find(deviceId: DeviceId): Device | undefined {
    return this.#devices.get(deviceId)
  }

  get(deviceId: DeviceId): Device {
    const device = this.find(deviceId)
    if (device === undefined)
      throw new Problem('device_unavailable', { deviceId, reason: 'not a device of this host' })
    return device
  }

  forClient(deviceId: DeviceId): Device {
    const device = this.get(deviceId)
    device.clientAtMs = performance.now()
    this.#wanted.add(deviceId)
    if (device.lane.isCrowded) throw new Problem('busy', { deviceId })
    return device
  }

  /** A reader serves clients alone. */
  forReading({ deviceId }: { deviceId: DeviceId }): Device {
    return this.forClient(deviceId)
  }

  /** Those that clients wanted since it was asked last. */
  takeWanted(): DeviceId[] {
    const wanted = [...this.#wanted]
    this.#wanted = new Set()
    return wanted
  }
}
