// A ticket is the right to do one thing with one fid on one device until a time. It rides in the
// query of a node's URL, signed under that host's key, and is checked without asking anybody.
import { fidPath } from './fid-path.ts'
import type { DeviceId, Fid } from './ids.ts'
import { mac, macEquals, type SecretKey } from './mac.ts'
import { Problem } from './problems.ts'

export type TicketVerb = 'GET' | 'PUT'

export interface Ticket {
  /** GET also allows HEAD. */
  verb: TicketVerb
  deviceId: DeviceId
  fid: Fid
  /** Unix time in whole seconds. */
  untilS: number
  /** PUT: the body may not be longer. */
  maxBytes?: number
  /** GET: what to answer as Content-Type. */
  contentType?: string
  /** PUT: the agent closes the upload at the tracker before it answers. */
  commit?: boolean
}

export interface VersionedKey {
  version: number
  key: SecretKey
  /** `mac` under this key, by a runtime's own faster means: an agent checks 20,000 a second. */
  mac?: (text: string) => string
}

export const macUnder = (key: VersionedKey, text: string): string =>
  key.mac?.(text) ?? mac(key.key, text)

/** The URL of a node with the ticket in its query. `baseUrl` has no trailing slash. */
export function signedUrl(baseUrl: string, ticket: Ticket, key: VersionedKey): string {
  const path = fidPath(ticket.deviceId, ticket.fid)
  const query = new URLSearchParams({ verb: ticket.verb, until: String(ticket.untilS) })
  if (ticket.maxBytes !== undefined) query.set('max', String(ticket.maxBytes))
  if (ticket.contentType !== undefined) query.set('type', ticket.contentType)
  if (ticket.commit === true) query.set('commit', '1')
  query.set('key', String(key.version))
  query.set('sig', macUnder(key, canonical(path, query)))
  return `${baseUrl}${path}?${query.toString()}`
}

/** What the ticket in a URL allows. `place` is what the path names; the method must be its verb. */
export function checkTicket(
  query: URLSearchParams,
  place: { deviceId: DeviceId; fid: Fid },
  method: string,
  keys: readonly VersionedKey[],
  nowMs: number,
): Ticket {
  const signature = query.get('sig')
  if (signature === null) throw new Problem('ticket_missing')

  const key = keys.find(({ version }) => String(version) === query.get('key'))
  if (key === undefined) throw new Problem('ticket_invalid', { reason: 'unknown key version' })
  const path = fidPath(place.deviceId, place.fid)
  if (!macEquals(signature, macUnder(key, canonical(path, query))))
    throw new Problem('ticket_invalid', { reason: 'signature' })

  const verb = query.get('verb')
  if (verb !== 'GET' && verb !== 'PUT') throw new Problem('ticket_invalid', { reason: 'verb' })
  if (method !== verb && !(verb === 'GET' && method === 'HEAD'))
    throw new Problem('ticket_invalid', { reason: 'verb', verb })
  const untilS = Number(query.get('until'))
  if (untilS * 1000 <= nowMs) throw new Problem('ticket_expired', { untilS })

  const max = query.get('max')
  const contentType = query.get('type')
  return {
    ...place,
    verb,
    untilS,
    ...(max !== null && { maxBytes: Number(max) }),
    ...(contentType !== null && { contentType }),
    ...(query.get('commit') === '1' && { commit: true }),
  }
}

/** What is signed: the path, then each signed field on a line, in one fixed order. */
function canonical(path: string, query: URLSearchParams): string {
  const fields = ['verb', 'until', 'max', 'type', 'commit', 'key']
  // getAll, because a field given twice must not verify as one of its values
  return [path, ...fields.map((name) => `${name}=${JSON.stringify(query.getAll(name))}`)].join('\n')
}
