// GET and HEAD of one fid: whole, in part, or not at all where the client has it already. HEAD can
// tell the checksum of what lies on the disk (RFC 9530), for closes that bring no receipt.
import type { ServerResponse } from 'node:http'
import { algorithmOf, digestOfChecksum } from '#shared/digests.ts'
import { ChecksumKind } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { checksumOfFile } from '../disk/checksum.ts'
import type { Device } from '../disk/device.ts'
import { type FoundFile, findFile } from '../disk/read.ts'
import { type ByteRange, parseRange } from './byte-range.ts'
import type { Exchange, HttpDeps } from './exchange.ts'
import { handOver, isFromFront, lookAtFile } from './front.ts'
import { isUnchanged, rangeApplies } from './preconditions.ts'
import { sendPieces } from './send-pieces.ts'

const DEFAULT_TYPE = 'application/octet-stream'
/** For this URL the bytes are for ever; but they are whose ticket it is. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable'
/** A file is what its ticket says, whatever its bytes look like. */
const NO_SNIFFING = ['x-content-type-options', 'nosniff']

export async function getFile(exchange: Exchange, deps: HttpDeps): Promise<void> {
  const { fid, deviceId } = exchange.ticket
  const device = deps.devices.forClient(deviceId)
  if (deps.accelPrefix !== undefined && isFromFront(exchange.request))
    return letFrontSend(exchange, device, deps.accelPrefix)
  const found = await findFile(device, fid)
  if (found === undefined) throw new Problem('unknown_fid', { fid, deviceId })
  if (found.open === undefined) return answer(exchange, found)
  await using _ = found.open
  await answer(exchange, found)
}

async function letFrontSend(exchange: Exchange, device: Device, prefix: string): Promise<void> {
  const { facts, isNews } = describe(exchange, await lookAtFile(device, exchange))
  if (isNews) handOver(exchange, prefix, facts)
}

/** Answers who has it already; otherwise the headers of the answer that is to come. */
function describe({ request, response, ticket }: Exchange, modifiedMs: number) {
  const etag = `"${ticket.fid}"`
  const lastModified = new Date(modifiedMs).toUTCString()
  const validators = { etag, lastModified }
  const facts = ['etag', etag, 'last-modified', lastModified, 'cache-control', CACHE_CONTROL]
  const isNews = !isUnchanged(request.headers, validators)
  if (!isNews) response.writeHead(304, facts).end()
  const contentType = ticket.contentType ?? DEFAULT_TYPE
  facts.push('content-type', contentType, 'accept-ranges', 'bytes', ...NO_SNIFFING)
  return { facts, validators, isNews }
}

async function answer(exchange: Exchange, found: FoundFile): Promise<void> {
  const { request, response } = exchange
  const { headers } = request
  const { facts, validators, isNews } = describe(exchange, found.modifiedMs)
  if (!isNews) return
  if (request.method === 'HEAD') return answerHead(exchange, found, facts)

  const range = rangeApplies(headers, validators)
    ? parseRange(headers.range, found.bytes)
    : undefined
  if (range === undefined) return sendAll(response, found, facts)
  if (range !== 'unsatisfiable') return sendPart(response, found, range, facts)
  response.setHeader('content-range', `bytes */${found.bytes}`)
  throw new Problem('range_not_satisfiable', { bytes: found.bytes })
}

async function sendAll(
  response: ServerResponse,
  { bytes, whole, open }: FoundFile,
  facts: string[],
): Promise<void> {
  facts.push('content-length', String(bytes))
  response.writeHead(200, facts)
  if (open === undefined) response.end(whole)
  else await sendPieces(response, open, 0, bytes)
}

async function sendPart(
  response: ServerResponse,
  { bytes, whole, open }: FoundFile,
  { start, end }: ByteRange,
  facts: string[],
): Promise<void> {
  const place = `bytes ${start}-${end - 1}/${bytes}`
  facts.push('content-range', place, 'content-length', String(end - start))
  response.writeHead(206, facts)
  if (open === undefined) response.end(whole?.subarray(start, end))
  else await sendPieces(response, open, start, end)
}

/** The first kind that a `Want-Repr-Digest` asks for, the strongest before others. */
const wantedKind = (field: string): ChecksumKind | undefined =>
  ChecksumKind.options.find((kind) => {
    const algorithm = algorithmOf(kind)
    const wish = new RegExp(`(?:^|[ ,])${algorithm}=(?:[1-9]|10)(?:$|[ ,;])`)
    return algorithm !== undefined && wish.test(field)
  })

async function answerHead(exchange: Exchange, found: FoundFile, facts: string[]): Promise<void> {
  const { request, response } = exchange
  const kind = wantedKind(String(request.headers['want-repr-digest']))
  if (kind !== undefined) {
    request.socket.setTimeout(0) // reading a large file takes longer than a client may idle
    facts.push('repr-digest', digestOfChecksum(await checksumOfFile(found, kind)) ?? '')
  }
  facts.push('content-length', String(found.bytes))
  response.writeHead(200, facts).end()
}
