// Answers of the plain door: successes alone, each in one write. `undefined` leaves the request, as
// it came, to the way that can answer anything.
import { STATUS_CODES } from 'node:http'
import { etagOf } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import type { CheckedTicket } from '#shared/tickets.ts'
import type { ByteRange } from '../../byte-range.ts'
import { type FoundFile, findFile } from '../../disk/read.ts'
import { storeSmall } from '../../disk/store.ts'
import { IDLE_MS, SMALL_BODY_BYTES } from '../../limits.ts'
import type { Parcel } from '../../parcels.ts'
import type { HttpDeps } from '../exchange.ts'
import { answerFor } from '../file-answer.ts'
import { isConditional } from '../preconditions.ts'
import { acknowledge, beginPut } from '../put-file.ts'
import { digestOf, kindWanted } from '../wanted-digest.ts'
import type { PlainRequest } from './plain-request.ts'

export interface PlainExchange {
  request: PlainRequest
  ticket: CheckedTicket
  /** Of the request. */
  body: Buffer
}

type PlainDeps = Pick<HttpDeps, 'devices' | 'trackerNowMs' | 'ownership'>

const KEEP_ALIVE = `connection: keep-alive\r\nkeep-alive: timeout=${IDLE_MS / 1000}\r\n\r\n`
const CLOSE = 'connection: close\r\n\r\n'

export interface PlainAnswer {
  status: number
  /** Names and values by turns. */
  headers: readonly string[]
  body: Uint8Array
  /** Holds the body: to be given back. */
  parcel?: Parcel | undefined
}

/** Throws a Problem, or anything, where there is no success to answer. */
export const answerPlainly = (exchange: PlainExchange, deps: PlainDeps) =>
  exchange.request.method === 'PUT' ? put(exchange, deps) : get(exchange, deps)

/** `always`: more headers. */
export function headOf(
  { status, headers }: PlainAnswer,
  always: readonly string[],
  isLast: boolean,
): string {
  const fields = fieldsOf(headers) + fieldsOf(always) + (isLast ? CLOSE : KEEP_ALIVE)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ndate: ${httpDate()}\r\n${fields}`
}

function fieldsOf(headers: readonly string[]): string {
  let fields = ''
  for (let at = 0; at < headers.length; at += 2) fields += `${headers[at]}: ${headers[at + 1]}\r\n`
  return fields
}

const nothing = new Uint8Array()

async function get(
  { request, ticket }: PlainExchange,
  { devices }: PlainDeps,
): Promise<PlainAnswer | undefined> {
  if (ticket.verb !== 'GET') return undefined
  const device = devices.forReading(ticket)
  const kind = request.method === 'HEAD' ? kindWanted(request.headers) : undefined
  const isBare = request.method === 'HEAD' && kind === undefined
  const found = await findFile(device, ticket.fid, { range: request.headers.range, isBare })
  if (found === undefined)
    throw new Problem('unknown_fid', { fid: ticket.fid, deviceId: ticket.deviceId })
  await using _ = found.open
  const answered = answerFor(request, ticket, found)
  if ('parts' in answered) return undefined
  const { status, headers, part } = answered
  if (kind !== undefined && found.whole === undefined) return undefined
  if (kind !== undefined) headers.push(...(await digestOf(found, kind)))
  const body = part === undefined ? nothing : await partOf(found, part)
  if (ticket.copy === true && body !== undefined) await device.outflow.pass(body.length)
  return body && { status, headers, body, parcel: found.parcel }
}

/** Undefined: more than one write should take. */
async function partOf({ whole, piece, open }: FoundFile, { start, end }: ByteRange) {
  if (piece !== undefined) return piece.length === end - start ? piece : undefined
  if (open === undefined) return whole?.subarray(start, end)
  if (end - start > SMALL_BODY_BYTES) return undefined
  const part = await open.read(Buffer.allocUnsafe(end - start), start)
  return part.length === end - start ? part : undefined
}

async function put(exchange: PlainExchange, deps: PlainDeps): Promise<PlainAnswer | undefined> {
  const { request, ticket, body } = exchange
  if (ticket.commit === true) return undefined
  if (ticket.parts === true && body.length === 0) return undefined // it begins what comes in parts
  if (isConditional(request.headers)) return undefined
  const { ownership } = deps
  if (!ownership.isOurs) await ownership.come()
  if (ownership.isGiven) return undefined
  using _ = ownership.enter()
  const { device, terms } = beginPut(request.headers, body.length, ticket, deps)
  const stored = acknowledge(ticket, await storeSmall(device, ticket.fid, body, terms))
  const text = Buffer.from(JSON.stringify(stored))
  const length = String(text.length)
  const headers = ['content-type', 'application/json', 'content-length', length]
  return { status: 201, headers: [...headers, 'etag', etagOf(stored)], body: text }
}

let dateS = 0
let date = ''

/** Formatted once a second. */
function httpDate(): string {
  const nowMs = Date.now()
  const nowS = Math.floor(nowMs / 1000)
  if (nowS !== dateS) {
    date = new Date(nowMs).toUTCString()
    dateS = nowS
  }
  return date
}
