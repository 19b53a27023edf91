// One request at this agent, its ticket checked; and what the verbs need to answer it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Origins } from '#shared/cors.ts'
import type { Events } from '#shared/events.ts'
import type { HostId } from '#shared/ids.ts'
import type { CheckedTicket } from '#shared/tickets.ts'
import type { Devices } from '../disk/devices.ts'
import type { KeyRing } from '../keys.ts'
import type { RequestMeter } from '../metrics/request-meter.ts'
import type { Share } from '../scratch/share.ts'
import type { Tracker } from '../tracker.ts'
import type { AgentLoad } from './load.ts'
import type { Ownership } from './ownership.ts'

/** The devices as requests use them: those of this process, or as the primary tells of them. */
export type DeviceSet = Pick<Devices, 'all' | 'find' | 'get' | 'forClient' | 'forReading'>

export interface HttpDeps {
  hostId: HostId
  /** The agent's: other processes of it are reached there. */
  root: string
  ownership: Ownership
  devices: DeviceSet
  keys: KeyRing
  tracker: Tracker
  /** The tracker's time: tickets are dated by it. */
  trackerNowMs: () => number
  load: AgentLoad
  /** This host's: who knows it may look at its devices. */
  credential: string
  /** Where there is one. */
  scratch: Share | undefined
  events: Events
  meter: Pick<RequestMeter, 'answered' | 'refused'>
  metrics: {
    /** In Prometheus' text format. */
    text: () => Promise<string>
    /** Whoever reads them must show it; without one, only this host may read them. */
    token: string | undefined
  }
  /** Where this process answers nothing but GETs of files: takes all other connections on. */
  passOn?: (socket: Socket) => void
  /** Whoever asks here is on this host, whatever their address says. */
  isLocal?: boolean
  /** Whose pages may use tickets from their browsers. */
  origins?: Origins | undefined
  /** Below this path an nginx in front of us finds our root. */
  accelPrefix?: string | undefined
}

export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  ticket: CheckedTicket
  /** The client sends its body only after our `100 Continue`. */
  awaitsContinue: boolean
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: readonly string[] = [],
): void {
  const text = JSON.stringify(body)
  const length = String(Buffer.byteLength(text))
  const own = ['content-type', 'application/json', 'content-length', length]
  response.writeHead(status, [...own, ...headers]).end(text)
}
