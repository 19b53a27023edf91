// What the primary process and its readers say to each other, over Node's own channel.
import type { DeviceId } from '#shared/ids.ts'
import type { WireKey } from '#shared/wire/agents.ts'
import type { DeviceView } from '../disk/devices.ts'
import type { DoorOptions, Sockets } from '../http/doors.ts'
import type { HttpDeps } from '../http/exchange.ts'

/** What a reader goes by; replaced whole. */
export interface ReaderState {
  devices: DeviceView[]
  keys: WireKey[]
  /** What the trackers' clock is ahead of ours. */
  offsetMs: number
}

export interface ReaderStart
  extends Omit<DoorOptions, 'inherited'>,
    Pick<HttpDeps, 'hostId' | 'origins' | 'accelPrefix' | 'credential'> {
  root: string
  trackerUrls: readonly string[]
  state: ReaderState
}

/** Comes with a socket that listens. */
export interface SocketMessage {
  kind: 'socket'
  of: keyof Sockets<unknown>
}

export type ToReader =
  | SocketMessage
  | { kind: 'start'; start: ReaderStart }
  | { kind: 'state'; state: ReaderState }
  | { kind: 'stop' }
  /** Send us your sockets: a successor listens at them, too. */
  | { kind: 'share' }
  /** The successor goes on: no more connections, and end when yours have ended. */
  | { kind: 'leave' }

export type FromReader =
  | SocketMessage
  | { kind: 'shared' }
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
