// Looks whether the copies on our devices are what the database says, where the trackers ask for
// it: each device for itself, one stretch of fids after the other. Where it stands is in the
// database, so a crash costs a stretch that is looked at again.
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import type { DeviceId } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import type { DeviceOrder, SyncResponse } from '#shared/wire/agents.ts'
import type { Device } from '../disk/device.ts'
import type { Devices } from '../disk/devices.ts'
import { findCopy } from '../disk/find-copy.ts'
import { type Tracker, TrackersSilent } from '../tracker.ts'
import { lookAt } from './look-at.ts'
import type { Work } from './work.ts'

export interface LookDeps {
  devices: Devices
  work: Pick<Work, 'isErasing'>
  tracker: Tracker
  clock: Clock
  events: Events
  signal: AbortSignal
}

export class Looks {
  readonly #deps: LookDeps
  readonly #running = new Map<DeviceId, Promise<void>>()

  constructor(deps: LookDeps) {
    this.#deps = deps
  }

  /** One look at a device at a time; what is asked for meanwhile, the next sync says again. */
  follow({ devices }: SyncResponse): void {
    for (const order of devices) {
      const device = this.#deps.devices.find(order.deviceId)
      const isAsked = order.look === true || order.search === true
      if (!isAsked || device?.isReadable !== true || this.#running.has(order.deviceId)) continue
      this.#running.set(order.deviceId, this.#run(device, order))
    }
  }

  async finished(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  /** Never rejects. */
  async #run(device: Device, order: DeviceOrder): Promise<void> {
    const { deviceId } = device
    try {
      if (order.search === true) await searchDevice(device, this.#deps)
      if (order.look === true) await lookThrough(device, this.#deps)
    } catch (error) {
      this.#note(deviceId, error)
    } finally {
      this.#running.delete(deviceId)
    }
  }

  #note(deviceId: DeviceId, error: unknown): void {
    const { events, signal } = this.#deps
    if (signal.aborted) return
    const isExpected = error instanceof Problem || error instanceof TrackersSilent
    events.emit(isExpected ? 'warn' : 'error', 'look.failed', { deviceId, ...errorFacts(error) })
  }
}

/** Until the tracker has no more for this device. */
async function lookThrough(device: Device, deps: LookDeps): Promise<void> {
  const { tracker, signal } = deps
  while (!signal.aborted) {
    const { window } = await tracker.look({ deviceId: device.deviceId, digests: true }, signal)
    if (window === null) return
    await lookAt(device, window, deps)
  }
}

/** Lost files are named by their bytes: what lies here under such a fid is read whole. */
async function searchDevice(device: Device, deps: LookDeps): Promise<void> {
  const { tracker, work, events, signal } = deps
  const { deviceId } = device
  let asked = await tracker.search({ deviceId }, signal)
  while (asked.toNo > asked.fromNo && !signal.aborted) {
    const { fromNo, toNo } = asked
    const found = []
    for (const { fid, ...want } of asked.files) {
      // asked before it is read: an order that comes later has a lease that the tracker sees
      if (work.isErasing(deviceId, fid)) continue
      if ((await findCopy(device, fid, want)) === 'good') found.push(fid)
    }
    if (found.length > 0) events.emit('info', 'lost.found', { deviceId, fids: found })
    asked = await tracker.search({ deviceId, searched: { fromNo, toNo, found } }, signal)
  }
}
