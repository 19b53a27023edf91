// What an agent and its successor say to each other while one takes over from the other.
import type { DeviceView } from '../disk/devices.ts'
import type { Sockets } from '../http/doors.ts'

export interface At {
  host: string
  port: number
}

/** Addresses as they are configured: port 0 is another one for the kernel than for us. */
export interface Addresses {
  listen: At
  internalListen?: At | undefined
  sideListen?: At | undefined
}

export type SocketOf = keyof Addresses & (keyof Sockets<unknown> | 'sideListen')

/** What the successor is to know before it owns anything. */
export interface Inheritance {
  root: string
  addresses: Addresses
  devices: DeviceView[]
  /** What the trackers' clock is ahead of ours. */
  offsetMs: number
}

export type ToSuccessor =
  | { kind: 'inherit'; inheritance: Inheritance }
  /** Comes with the socket. */
  | { kind: 'socket'; of: SocketOf }
  /** All sockets are sent. */
  | { kind: 'sent' }
  /** Nothing is written by us any more: root and devices may be locked. */
  | { kind: 'released' }

export type FromSuccessor =
  /** Its code, its configuration and what it finds here are good: it takes the sockets. */
  | { kind: 'ready' }
  /** It answers, and waits with what changes anything. From here on there is no way back. */
  | { kind: 'listening' }
  /** It is the agent of this host now. */
  | { kind: 'owning' }
