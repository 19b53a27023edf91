// A ticket is the right to do one thing with one fid on one device until a time. It rides in the
// query of a node's URL, signed under that host's key, and is checked without asking anybody.
import type * as z from 'zod'
import { fidPath } from './fid-path.ts'
import { Checksum, ChecksumKind, type DeviceId, type Fid } from './ids.ts'
import { mac, macEquals, type SecretKey } from './mac.ts'
import { Problem } from './problems.ts'

export type TicketVerb = 'GET' | 'PUT'

/** Who may read may begin an upload with it; who may store, ask how far it came, and give up. */
const methodsOf: Readonly<Record<TicketVerb, readonly string[]>> = {
  GET: ['GET', 'HEAD', 'MOVE'],
  PUT: ['PUT', 'HEAD', 'PATCH', 'DELETE'],
}

export interface Ticket {
  /** For its own method, and those of `methodsOf`. */
  verb: TicketVerb
  deviceId: DeviceId
  fid: Fid
  /** Unix time in whole seconds. */
  untilS: number
  /** PUT: the body may not be longer. */
  maxBytes?: number
  /** GET: what to answer as Content-Type. */
  contentType?: string
  /** GET: of the whole file, as its tag and its digest. Left out where its class keeps none. */
  checksum?: Checksum
  /** PUT: the agent closes the upload at the tracker before it answers. */
  commit?: boolean
  /** GET: by another agent, which makes a copy: background work, that yields to clients. */
  copy?: boolean
  /** How long the file is, exactly: for what comes in parts, and for HEAD when all have come. */
  bytes?: number
  /** PUT: an empty body begins a file that comes in parts, as MogileFS's clients begin it. */
  parts?: boolean
  /** PUT: what the agent computes and signs; SHA-256 where nothing is said. */
  checksumKind?: ChecksumKind
}

/** A ticket that was found good, and the key that had signed it. */
export interface CheckedTicket extends Ticket {
  key: VersionedKey
}

export interface VersionedKey {
  version: number
  key: SecretKey
  /** `mac` under this key by a runtime's own faster means: thousands are made a second. */
  mac?: (text: string) => string
}

export const macUnder = (key: VersionedKey, text: string): string =>
  key.mac?.(text) ?? mac(key.key, text)

const HEADER_TEXT = /^[ -~]+$/
const SIGNATURE = '&sig='

/**
 * The URL of a node with the ticket in its query. `baseUrl` has no trailing slash. What is signed
 * is the path and the query as they stand, so nothing is to be sorted, folded or encoded again.
 */
export function signedUrl(baseUrl: string, ticket: Ticket, key: VersionedKey): string {
  let text = `${fidPath(ticket.deviceId, ticket.fid)}?verb=${ticket.verb}&until=${ticket.untilS}`
  if (ticket.maxBytes !== undefined) text += `&max=${ticket.maxBytes}`
  if (ticket.contentType !== undefined) text += `&type=${encodeURIComponent(ticket.contentType)}`
  if (ticket.checksum !== undefined) text += `&checksum=${ticket.checksum}`
  if (ticket.commit === true) text += '&commit=1'
  if (ticket.copy === true) text += '&copy=1'
  if (ticket.checksumKind !== undefined && ticket.checksumKind !== 'SHA-256')
    text += `&sum=${ticket.checksumKind}`
  if (ticket.bytes !== undefined) text += `&bytes=${ticket.bytes}`
  if (ticket.parts === true) text += '&parts=1'
  text += `&key=${key.version}`
  return `${baseUrl}${text}${SIGNATURE}${macUnder(key, text)}`
}

/**
 * What the ticket in a URL allows. `search` is the query as it was sent, without its `?`; `place`
 * is what the path names; the method must be the ticket's verb. Throws a `Problem` otherwise.
 */
export function checkTicket(
  search: string,
  place: { deviceId: DeviceId; fid: Fid },
  method: string,
  keys: readonly VersionedKey[],
  nowMs: number,
): CheckedTicket {
  const end = search.lastIndexOf(SIGNATURE)
  if (end < 0) throw new Problem('ticket_missing')
  const query = new URLSearchParams(search.slice(0, end))

  const named = keys.filter(({ version }) => String(version) === query.get('key'))
  if (named.length === 0) throw new Problem('ticket_invalid', { reason: 'unknown key version' })
  const text = `${fidPath(place.deviceId, place.fid)}?${search.slice(0, end)}`
  const signature = search.slice(end + SIGNATURE.length)
  const key = named.find((each) => macEquals(signature, macUnder(each, text)))
  if (key === undefined) throw new Problem('ticket_invalid', { reason: 'signature' })

  const verb = query.get('verb')
  if (verb !== 'GET' && verb !== 'PUT') throw new Problem('ticket_invalid', { reason: 'verb' })
  // what comes in parts is read by its writer while it comes
  const isWriters = verb === 'PUT' && method === 'GET' && query.get('parts') === '1'
  if (!methodsOf[verb].includes(method) && !isWriters)
    throw new Problem('ticket_invalid', { reason: 'verb', verb })
  const untilS = Number(query.get('until'))
  if (untilS * 1000 <= nowMs) throw new Problem('ticket_expired', { untilS })

  return { ...place, verb, key, untilS, ...termsOf(query) }
}

/** What else was signed: limits, and what to answer with. */
function termsOf(query: URLSearchParams): Partial<Ticket> {
  const max = query.get('max')
  const contentType = query.get('type')
  // it is answered as a header, and a database may have been filled from anywhere
  if (contentType !== null && !HEADER_TEXT.test(contentType))
    throw new Problem('ticket_invalid', { reason: 'type' })
  const checksum = signedAs(Checksum, query, 'checksum')
  const checksumKind = signedAs(ChecksumKind, query, 'sum')
  const bytes = query.get('bytes')
  return {
    ...(max !== null && { maxBytes: Number(max) }),
    ...(contentType !== null && { contentType }),
    ...(checksum !== undefined && { checksum }),
    ...(query.get('commit') === '1' && { commit: true }),
    ...(query.get('copy') === '1' && { copy: true }),
    ...(bytes !== null && { bytes: Number(bytes) }),
    ...(query.get('parts') === '1' && { parts: true }),
    ...(checksumKind !== undefined && { checksumKind }),
  }
}

/** A tracker may be newer than we are, or its database filled from anywhere. */
function signedAs<Schema extends z.ZodType>(
  schema: Schema,
  query: URLSearchParams,
  name: string,
): z.infer<Schema> | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const parsed = schema.safeParse(text)
  if (!parsed.success) throw new Problem('ticket_invalid', { reason: name })
  return parsed.data
}
