// What the primary process and its readers say to each other, over Node's own channel.
import type { DeviceId } from '#shared/ids.ts'
import type { DeviceState } from '#shared/states.ts'
import type { DeviceGauge, WireKey } from '#shared/wire/agents.ts'
import type { DoorOptions } from '../http/doors.ts'
import type { HttpDeps } from '../http/exchange.ts'

export interface DeviceView {
  deviceId: DeviceId
  state: DeviceState
  gauge: DeviceGauge
}

/** What a reader goes by; replaced whole. */
export interface ReaderState {
  devices: DeviceView[]
  keys: WireKey[]
  /** What the trackers' clock is ahead of ours. */
  offsetMs: number
}

export interface ReaderStart
  extends DoorOptions,
    Pick<HttpDeps, 'hostId' | 'origins' | 'accelPrefix' | 'credential'> {
  root: string
  trackerUrls: readonly string[]
  state: ReaderState
}

export type ToReader =
  | { kind: 'start'; start: ReaderStart }
  | { kind: 'state'; state: ReaderState }
  | { kind: 'stop' }

export type FromReader =
  | { kind: 'listening' }
  /** It takes no more connections, and lets go of those that it has. */
  | { kind: 'closing' }
  | {
      kind: 'report'
      /** Devices that clients wanted. */
      wanted: DeviceId[]
      /** Answers, three numbers each: 1 for HEAD and 0 for GET, the status, milliseconds. */
      answers: Float64Array
    }
