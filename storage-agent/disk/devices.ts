// The devices of this host: those that the tracker named last, and until it did, those that we
// find in the root with our identity on them.
import { readdir } from 'node:fs/promises'
import { errorFacts } from '#shared/events.ts'
import type { DeviceId } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import type { DeviceState } from '#shared/states.ts'
import type { Ticket } from '#shared/tickets.ts'
import type { DeviceGauge, DeviceOrder, WorkPace } from '#shared/wire/agents.ts'
import { GAUGE_EVERY_MS, SHARED_POOL_THREADS } from '../limits.ts'
import { defaultPace } from '../pace.ts'
import { Device } from './device.ts'
import { whyForeign } from './identity.ts'
import { type InspectDeps, Inspection } from './inspect.ts'
import { deviceDirectory, deviceIdOf } from './layout.ts'
import type { QuickReads } from './quick-reads/quick-reads.ts'

const MIN_LANE = 2

/** How many operations each of so many devices may have in flight. */
export const laneLimit = (poolThreads: number, devices: number): number =>
  Math.max(MIN_LANE, Math.floor((poolThreads - SHARED_POOL_THREADS) / devices))

export function deviceOfHost(found: Device | undefined, deviceId: DeviceId): Device {
  if (found !== undefined) return found
  throw new Problem('device_unavailable', { deviceId, reason: 'not a device of this host' })
}

export interface DevicesDeps extends InspectDeps {
  root: string
  /** Threads of libuv's pool, shared by all devices. */
  poolThreads: number
  quickReads: QuickReads
}

export interface DeviceView {
  deviceId: DeviceId
  state: DeviceState
  gauge: DeviceGauge
}

interface Known {
  device: Device
  inspection: Inspection
}

export class Devices implements AsyncDisposable {
  readonly #deps: DevicesDeps
  readonly #known = new Map<DeviceId, Known>()
  /** No longer ours, still in use. */
  readonly #leaving = new Map<DeviceId, Promise<void>>()
  #pace = defaultPace
  #inspectedAtMs = Number.NEGATIVE_INFINITY

  constructor(deps: DevicesDeps) {
    this.#deps = deps
  }

  /** Finds and opens the devices in the root; foreign ones are left to the tracker to name. */
  async discover(): Promise<void> {
    const { root, clusterId } = this.#deps
    for (const name of await readdir(root)) {
      const deviceId = deviceIdOf(name)
      if (deviceId === undefined) continue
      const foreign = await whyForeign(deviceDirectory(root, deviceId), { clusterId, deviceId })
      if (foreign === undefined && !this.#known.has(deviceId)) this.#add(deviceId)
    }
    await this.inspect()
  }

  /** As their owner tells of them, who is about to give them up: to be read, and nothing else. */
  expect(views: readonly DeviceView[]): void {
    for (const { deviceId, state, gauge } of views)
      Object.assign(this.#add(deviceId).device, { state, gauge })
  }

  all(): Device[] {
    return Array.from(this.#known.values(), ({ device }) => device)
  }

  find(deviceId: DeviceId): Device | undefined {
    return this.#known.get(deviceId)?.device
  }

  get(deviceId: DeviceId): Device {
    return deviceOfHost(this.find(deviceId), deviceId)
  }

  forClient(deviceId: DeviceId): Device {
    const device = this.get(deviceId)
    device.admitClient()
    return device
  }

  /** A copy for another agent is background work; whatever else is read, a client waits for. */
  forReading({ deviceId, copy }: Pick<Ticket, 'deviceId' | 'copy'>): Device {
    return copy === true ? this.get(deviceId) : this.forClient(deviceId)
  }

  keepPace(pace: WorkPace): void {
    this.#pace = pace
    for (const { device } of this.#known.values()) device.keepPace(pace)
  }

  /** What was measured within the last second, or is measured now. */
  async gauges(): Promise<DeviceGauge[]> {
    const nowMs = this.#deps.clock.nowMs()
    if (nowMs - this.#inspectedAtMs >= GAUGE_EVERY_MS) await this.inspect()
    return this.all().map(({ gaugeToTell }) => gaugeToTell)
  }

  async inspect(): Promise<void> {
    this.#inspectedAtMs = this.#deps.clock.nowMs()
    await Promise.all(Array.from(this.#known.values(), ({ inspection }) => inspection.run()))
  }

  /** The tracker's word: these are our devices, in these states. */
  async follow(orders: readonly DeviceOrder[]): Promise<void> {
    const named = new Set(orders.map(({ deviceId }) => deviceId))
    for (const deviceId of this.#known.keys()) if (!named.has(deviceId)) this.#remove(deviceId)
    let isChanged = false
    for (const { deviceId, state } of orders) {
      const { device } = this.#known.get(deviceId) ?? this.#add(deviceId)
      isChanged ||= device.state !== state || device.gauge.reason === 'not looked at yet'
      device.state = state
    }
    if (isChanged) await this.inspect()
  }

  /** Nothing is written any more; files can still be read, while a successor has the devices. */
  async [Symbol.asyncDispose](): Promise<void> {
    const released = Array.from(this.#known.values(), (known) => this.#leave(known))
    await Promise.all([...released, ...this.#leaving.values()])
  }

  #add(deviceId: DeviceId): Known {
    const device = new Device(deviceId, { ...this.#deps, laneLimit: MIN_LANE })
    device.keepPace(this.#pace)
    const inspection = new Inspection(device, this.#deps, this.#leaving.get(deviceId))
    const known = { device, inspection }
    this.#known.set(deviceId, known)
    this.#shareThreads()
    return known
  }

  /** Does not wait: a disk that hangs would hold up the sync loop. */
  #remove(deviceId: DeviceId): void {
    const known = this.#known.get(deviceId)
    this.#known.delete(deviceId)
    this.#shareThreads()
    if (known === undefined) return
    this.#leaving.set(deviceId, this.#leave(known))
  }

  /** Never rejects: nobody may be waiting. */
  async #leave({ device, inspection }: Known): Promise<void> {
    try {
      await inspection.finished()
      await device.release()
    } catch (error) {
      const { deviceId } = device
      this.#deps.events.emit('error', 'device.closeFailed', { deviceId, ...errorFacts(error) })
    }
  }

  /** All lanes together leave threads of the pool free: a hung device never takes the last one. */
  #shareThreads(): void {
    const limit = laneLimit(this.#deps.poolThreads, this.#known.size)
    for (const { device } of this.#known.values()) device.lane.limit = limit
  }
}
