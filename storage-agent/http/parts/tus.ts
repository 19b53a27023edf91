// Resumable uploads by the tus protocol 1.0 (tus.io), with termination, checksum and expiration.
// The ticketed URL of the fid is the upload; a tracker created it. Closed before the last 204.
import { createHash } from 'node:crypto'
import { digestOfChecksum } from '#shared/digests.ts'
import type { Checksum } from '#shared/ids.ts'
import { MAX_FILE_BYTES } from '#shared/limits.ts'
import { Problem } from '#shared/problems.ts'
import { readPartial, receivePart } from '../../disk/partial/partial.ts'
import { cameOf, isWhole } from '../../disk/partial/stretches.ts'
import type { Exchange, HttpDeps } from '../exchange.ts'
import { beginPut } from '../put-file.ts'
import { announcedBytes, readChunks } from '../request-body.ts'
import { discard } from './discard.ts'
import { bytesStored, finish, finishAgain } from './finish.ts'

const VERSION = '1.0.0'
export const TUS_FACTS = [
  ['tus-resumable', VERSION],
  ['tus-version', VERSION],
  ['tus-extension', 'termination,checksum,expiration'],
  ['tus-max-size', String(MAX_FILE_BYTES)],
  ['tus-checksum-algorithm', 'sha1,sha256,md5'],
].flat()

/** How much has come. What is finished is closed again: its client may not have heard of it. */
export async function tusHead(exchange: Exchange, deps: HttpDeps): Promise<void> {
  const { response, ticket } = exchange
  const length = expectTus(exchange)
  const device = deps.devices.forClient(ticket.deviceId)
  const whole = await bytesStored(device, ticket.fid)
  const partial = whole === undefined ? await readPartial(device, ticket.fid) : undefined
  if (whole !== undefined && ticket.commit === true) await finishAgain(exchange, device, deps)
  if (partial?.isGone === true) throw new Problem('no_temp_file', { fid: ticket.fid })
  const offset = whole ?? cameOf(partial?.stretches ?? [])
  const place = ['upload-offset', String(offset), 'upload-length', String(length)]
  response.writeHead(200, [...place, ...expiryOf(exchange), 'cache-control', 'no-store']).end()
}

export async function tusPatch(exchange: Exchange, deps: HttpDeps): Promise<void> {
  const { request, response, ticket, awaitsContinue } = exchange
  const length = expectTus(exchange)
  const { headers } = request
  if (headers['content-type'] !== 'application/offset+octet-stream')
    throw new Problem('unsupported_body', { contentType: headers['content-type'] ?? null })
  const { device, terms } = beginPut({}, announcedBytes(request), ticket, deps)
  using held = new DisposableStack()
  held.use(deps.load.largeBodies.enter())
  held.use(device.partials.take(ticket.fid))
  const start = Number(headers['upload-offset'] ?? Number.NaN)
  const whole = await bytesStored(device, ticket.fid)
  const came = cameOf((await readPartial(device, ticket.fid))?.stretches ?? [])
  const offset = whole ?? came
  if (start !== offset) throw new Problem('offset_mismatch', { offset })
  if (whole !== undefined) throw new Problem('fid_exists', { fid: ticket.fid })

  const check = checksumOf(headers['upload-checksum']?.toString())
  const part = { start, maxEnd: length, untilS: ticket.untilS, ...(check && { check }) }
  if (awaitsContinue) response.writeContinue()
  const stretches = await receivePart(device, ticket.fid, part, readChunks(request))
  const facts = ['upload-offset', String(cameOf(stretches)), ...expiryOf(exchange)]
  if (isWhole(stretches, length)) {
    const { receipt, checksum } = await finish(exchange, { device, bytes: length, terms }, deps)
    facts.push('mog-receipt', receipt, ...reprDigest(checksum))
  }
  response.writeHead(204, facts).end()
}

/** The client gives up. */
export async function tusDelete(exchange: Exchange, deps: HttpDeps): Promise<void> {
  if (exchange.request.headers['tus-resumable'] !== undefined) expectTus(exchange)
  await discard(exchange, deps)
}

/** The length of the file, by its ticket. */
function expectTus({ request, response, ticket }: Exchange): number {
  response.setHeader('tus-resumable', VERSION)
  if (request.headers['tus-resumable'] !== VERSION) {
    response.setHeader('tus-version', VERSION)
    throw new Problem('condition_failed', { tusResumable: VERSION })
  }
  if (ticket.bytes === undefined)
    throw new Problem('ticket_invalid', { reason: 'not of a resumable upload' })
  return ticket.bytes
}

const expiryOf = ({ ticket }: Exchange) => [
  'upload-expires',
  new Date(ticket.untilS * 1_000).toUTCString(),
]

const ALGORITHMS: ReadonlySet<string> = new Set(['sha1', 'sha256', 'md5'])

function reprDigest(checksum: Checksum): string[] {
  const digest = digestOfChecksum(checksum)
  return digest === undefined ? [] : ['repr-digest', digest]
}

/** Held against what came with this request. */
function checksumOf(field: string | undefined) {
  if (field === undefined) return undefined
  const [, algorithm = '', base64 = ''] = /^(\w+) ([\w+/]+=*)$/.exec(field) ?? []
  if (!ALGORITHMS.has(algorithm)) throw new Problem('invalid_request', { uploadChecksum: field })
  const sum = createHash(algorithm)
  return {
    update(bytes: Uint8Array) {
      sum.update(bytes)
    },
    finish() {
      const received = sum.digest('base64')
      if (received !== base64) throw new Problem('part_mismatch', { promised: base64, received })
    },
  }
}
