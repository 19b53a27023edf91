// The devices as a reader knows them: what the primary found and was told of them, and lanes of its
// own. It opens no device and holds none: files are found by their paths.
import { systemClock } from '#shared/clock.ts'
import type { DeviceId } from '#shared/ids.ts'
import { Device } from '../disk/device.ts'
import { type DeviceView, deviceOfHost, laneLimit } from '../disk/devices.ts'
import type { QuickReads } from '../disk/quick-reads/quick-reads.ts'

export class MirroredDevices {
  readonly #root: string
  readonly #poolThreads: number
  readonly #quickReads: QuickReads
  readonly #devices = new Map<DeviceId, Device>()
  #wanted = new Set<DeviceId>()

  constructor(root: string, poolThreads: number, quickReads: QuickReads) {
    this.#root = root
    this.#poolThreads = poolThreads
    this.#quickReads = quickReads
  }

  follow(views: readonly DeviceView[]): void {
    const named = new Set(views.map(({ deviceId }) => deviceId))
    for (const deviceId of this.#devices.keys())
      if (!named.has(deviceId)) this.#devices.delete(deviceId)
    const limit = laneLimit(this.#poolThreads, views.length)
    const deps = { root: this.#root, laneLimit: limit, quickReads: this.#quickReads }
    for (const { deviceId, state, gauge } of views) {
      const device =
        this.#devices.get(deviceId) ?? new Device(deviceId, { ...deps, clock: systemClock })
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
    return deviceOfHost(this.find(deviceId), deviceId)
  }

  forClient(deviceId: DeviceId): Device {
    const device = this.get(deviceId)
    this.#wanted.add(deviceId)
    device.admitClient()
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
