// One device of this host: whether it may be read and written, by the operator's word (`state`) and
// by what we found ourselves (`gauge`).
import { performance } from 'node:perf_hooks'
import type { Clock } from '#shared/clock.ts'
import type { DeviceId, Fid } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { type DeviceState, deviceCapabilities } from '#shared/states.ts'
import type { DeviceGauge, WorkPace } from '#shared/wire/agents.ts'
import { Flow } from '../flow.ts'
import { COPY_WAIT_MS, LANE_WAIT_MS } from '../limits.ts'
import { bytesPerS, defaultPace, isWanted, jobsAtOnce, type Traffic } from '../pace.ts'
import { Due } from './catalogue/due.ts'
import { DiskWatch } from './disk-health.ts'
import { codeOf, isDiskFailure, problemOf } from './failures.ts'
import { type IoLoad, type IoLoadOf, ioLoadOf } from './io-load.ts'
import { Lane } from './lane.ts'
import { deviceDirectory, fileOf } from './layout.ts'
import type { Mount } from './mount.ts'
import { PartialClaims } from './partial/claims.ts'
import type { Quarantined } from './quarantine-count.ts'
import type { QuickReads } from './quick-reads/quick-reads.ts'
import { Quickness } from './quickness.ts'
import { Room } from './room.ts'
import type { SelfTestResults } from './self-test.ts'
import { Tally } from './tally.ts'
import { Turns } from './turns.ts'
import type { Inodes } from './usage.ts'

/** What the last look found besides the gauge: for metrics alone. */
export interface Measured {
  inodes?: Inodes
  block?: IoLoad['block']
  selfTest?: SelfTestResults | undefined
  quarantined?: Quarantined | undefined
}

export interface DeviceDeps {
  root: string
  laneLimit: number
  /** Of all devices. */
  quickReads: QuickReads
  clock: Clock
}

export class Device {
  readonly deviceId: DeviceId
  readonly path: string
  /** Operations on this device's disk that are in flight. */
  readonly lane: Lane
  /** What changes one fid's file happens one after the other. */
  readonly turns = new Turns<Fid>()
  /** Small reads, while they are quick. */
  readonly quickReads: QuickReads
  readonly readQuickness = new Quickness()
  readonly ioLoad: IoLoadOf
  /** The whole disks below it. */
  readonly watch: DiskWatch
  readonly tally = new Tally()
  /** What of its catalogue is to be held against the database. */
  readonly due = new Due()
  readonly partials = new PartialClaims()
  readonly room = new Room()
  state: DeviceState = 'alive'
  gauge: DeviceGauge
  measured: Measured = {}
  /** Copies that other agents read from here, and their bytes; and bytes of copies that come. */
  readonly copiesOut: Lane
  readonly outflow: Flow
  readonly inflow: Flow
  #pace = defaultPace
  /** When a client last read or wrote here, by performance.now(). */
  clientAtMs = Number.NEGATIVE_INFINITY
  /** Opened and closed by inspect.ts. */
  mount: Mount | undefined

  constructor(deviceId: DeviceId, { root, laneLimit, quickReads, clock }: DeviceDeps) {
    this.deviceId = deviceId
    this.path = deviceDirectory(root, deviceId)
    this.quickReads = quickReads
    this.lane = new Lane(laneLimit, LANE_WAIT_MS)
    this.copiesOut = new Lane(this.#pace.jobsPerDevice, COPY_WAIT_MS)
    const rateOf = (limit: number) => bytesPerS(limit, this.traffic, this.#pace)
    this.outflow = new Flow(clock, () => rateOf(this.#pace.readBytesPerS))
    this.inflow = new Flow(clock, () => rateOf(this.#pace.writeBytesPerS))
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
    const waitMs = this.tally.waitMs
    return { utilization: this.gauge.utilization, clientIdleMs, waitMs }
  }

  get pace(): WorkPace {
    return this.#pace
  }

  /** To be called again and again: what the pace allows depends on what clients do. */
  keepPace(pace: WorkPace): void {
    this.#pace = pace
    this.copiesOut.limit = this.jobsAtOnce
  }

  /** Clients want it now, and get it too late. */
  get isWanted(): boolean {
    return isWanted(this.traffic, this.#pace)
  }

  /** A client wants it: background work steps back. Refuses where too many wait for it already. */
  admitClient(): void {
    this.clientAtMs = performance.now()
    if (this.lane.isCrowded) throw new Problem('busy', { deviceId: this.deviceId })
  }

  get jobsAtOnce(): number {
    return jobsAtOnce(this.traffic, this.#pace)
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
    return this.gauge.condition !== 'full' && this.room.has(bytes)
  }

  /** For a tracker, which chooses by it: what bodies under way were promised is free no more. */
  get gaugeToTell(): DeviceGauge {
    const { gauge, room } = this
    return { ...gauge, bytesFree: Math.min(gauge.bytesFree, room.bytesFree) }
  }

  /**
   * What a failed write means for its client; and where it says that the disk is not well, nothing
   * more is written until a test has passed.
   */
  failedWrite(error: unknown): unknown {
    const code = codeOf(error)
    if (isDiskFailure(error) && this.gauge.condition === 'ok') {
      this.gauge = { ...this.gauge, condition: 'readonly', reason: `a write: ${code}` }
      this.mount?.selfTest.doubt()
    }
    return problemOf(error)
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
