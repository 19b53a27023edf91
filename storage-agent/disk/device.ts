// One device of this host: whether it may be read and written, by the operator's word (`state`) and
// by what we found ourselves (`gauge`).
import { performance } from 'node:perf_hooks'
import type { DeviceId, Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { type DeviceState, deviceCapabilities } from '#shared/states.ts'
import type { DeviceGauge } from '#shared/wire/agents.ts'
import { LANE_WAIT_MS, RESERVED_BYTES } from '../limits.ts'
import type { Traffic } from '../pace.ts'
import { Due } from './catalogue/due.ts'
import { DiskWatch } from './disk-health.ts'
import { type IoLoad, type IoLoadOf, ioLoadOf } from './io-load.ts'
import { Lane } from './lane.ts'
import { deviceDirectory, fileOf } from './layout.ts'
import type { Mount } from './mount.ts'
import { Quickness } from './quickness.ts'
import type { SelfTestResults } from './self-test.ts'
import { Tally } from './tally.ts'
import { Turns } from './turns.ts'
import type { Inodes } from './usage.ts'

/** What the last look found besides the gauge: for metrics alone. */
export interface Measured {
  inodes?: Inodes
  block?: IoLoad['block']
  selfTest?: SelfTestResults | undefined
}

export class Device {
  readonly deviceId: DeviceId
  readonly path: string
  /** Operations on this device's disk that are in flight. */
  readonly lane: Lane
  /** What changes one fid's file happens one after the other. */
  readonly turns = new Turns<Fid>()
  readonly readQuickness = new Quickness()
  readonly ioLoad: IoLoadOf
  /** The whole disks below it. */
  readonly watch: DiskWatch
  readonly tally = new Tally()
  /** What of its catalogue is to be held against the database. */
  readonly due = new Due()
  state: DeviceState = 'alive'
  gauge: DeviceGauge
  measured: Measured = {}
  /** When a client last read or wrote here, by performance.now(). */
  clientAtMs = Number.NEGATIVE_INFINITY
  /** Opened and closed by inspect.ts. */
  mount: Mount | undefined

  constructor(deviceId: DeviceId, root: string, laneLimit: number) {
    this.deviceId = deviceId
    this.path = deviceDirectory(root, deviceId)
    this.lane = new Lane(laneLimit, LANE_WAIT_MS)
    this.ioLoad = ioLoadOf(this.path)
    this.watch = new DiskWatch(this.path)
    this.gauge = {
      deviceId,
      condition: 'fenced',
      reason: 'not looked at yet',
      bytesTotal: 0,
      bytesFree: 0,
      utilization: null,
    }
  }

  get traffic(): Traffic {
    const clientIdleMs = performance.now() - this.clientAtMs
    return { utilization: this.gauge.utilization, clientIdleMs }
  }

  get isReadable(): boolean {
    return this.gauge.condition !== 'fenced' && deviceCapabilities[this.state].read
  }

  /** Erasing included; a full disk is. */
  get isWritable(): boolean {
    const { condition } = this.gauge
    return (condition === 'ok' || condition === 'full') && deviceCapabilities[this.state].write
  }

  get takesReplicas(): boolean {
    return deviceCapabilities[this.state].replicas && this.gauge.condition === 'ok'
  }

  pathForReading(fid: Fid): string {
    return this.rootForReading() + fileOf(fid)
  }

  rootForReading(): string {
    if (!this.isReadable) throw this.#unavailable()
    return this.path
  }

  /** Refused where the device is not ours to write to at the moment, erasing included. */
  async write<Result>(work: (mount: Mount) => Promise<Result>): Promise<Result> {
    return this.mountForWriting().use(work)
  }

  mountForWriting(): Mount {
    if (!this.isWritable || this.mount === undefined) throw this.#unavailable()
    return this.mount
  }

  hasRoomFor(bytes: number): boolean {
    return bytes <= this.gauge.bytesFree - RESERVED_BYTES
  }

  /** Resolves when nobody uses the disk any more. */
  async release(): Promise<void> {
    const { mount } = this
    this.mount = undefined
    await mount?.[Symbol.asyncDispose]()
  }

  #unavailable(): Problem {
    const { deviceId, state } = this
    const { condition, reason } = this.gauge
    return new Problem('device_unavailable', {
      deviceId,
      state,
      condition,
      ...(reason !== undefined && { reason }),
    })
  }
}
