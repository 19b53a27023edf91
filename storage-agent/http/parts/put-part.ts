// PUT with Content-Range: a part of a large file, in any order. 201 with the receipt when all bytes
// are there, 202 before that; where nobody says how long the file is, the close does.
import { etagOf } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import type { Stored } from '#shared/wire/uploads.ts'
import type { Device } from '../../disk/device.ts'
import { emptyPartial, readPartial, receivePart } from '../../disk/partial/partial.ts'
import { cameOf, isWhole } from '../../disk/partial/stretches.ts'
import { type Exchange, type HttpDeps, sendJson } from '../exchange.ts'
import { beginPut, type Put } from '../put-file.ts'
import { announcedBytes, readChunks } from '../request-body.ts'
import { parseContentRange } from './content-range.ts'
import { bytesStored, finish, finishAgain } from './finish.ts'

/** Of MogileFS's clients too, who create an empty file first and then send its parts. */
export const isPart = ({ request, ticket }: Exchange): boolean =>
  request.headers['content-range'] !== undefined ||
  (ticket.parts === true && announcedBytes(request) === 0)

export async function putPart(exchange: Exchange, deps: HttpDeps): Promise<void> {
  const { request, ticket, awaitsContinue, response } = exchange
  const { 'content-range': field, 'repr-digest': digest } = request.headers
  const announced = announcedBytes(request)
  const whole = digest === undefined ? {} : { 'repr-digest': digest }
  const put = beginPut(whole, announced, ticket, deps)
  using held = new DisposableStack()
  held.use(deps.load.largeBodies.enter())
  held.use(put.device.partials.take(ticket.fid))
  if (field === undefined) return await begin(exchange, put)

  const { start, end, bytes = ticket.bytes } = parseContentRange(field)
  if (announced !== undefined && announced !== end - start)
    throw new Problem('invalid_request', { contentRange: field, contentLength: announced })
  const { maxBytes } = put.terms
  if (Math.max(end, bytes ?? 0) > maxBytes) throw new Problem('body_too_large', { maxBytes })
  const stored = await bytesStored(put.device, ticket.fid)
  if (stored !== undefined)
    return await answerStored(exchange, put.device, { end, bytes, stored }, deps)

  if (awaitsContinue) response.writeContinue()
  const part = { start, maxEnd: end, untilS: ticket.untilS, check: exactly(end - start) }
  const stretches =
    end > start
      ? await receivePart(put.device, ticket.fid, part, readChunks(request))
      : ((await readPartial(put.device, ticket.fid))?.stretches ?? [])
  if (bytes === undefined || !isWhole(stretches, bytes)) return answerPart(exchange, stretches)
  const { device, terms } = put
  answerWhole(response, await finish(exchange, { device, bytes, terms }, deps))
}

const answerWhole = (response: Exchange['response'], answer: Stored): void =>
  sendJson(response, 201, answer, ['etag', etagOf(answer)])

/** A chunked body that is shorter than its range is none. */
function exactly(bytes: number) {
  let came = 0
  return {
    update({ length }: Uint8Array) {
      came += length
    },
    finish() {
      if (came !== bytes) throw new Problem('body_cut_off', { bytes, came })
    },
  }
}

async function begin(exchange: Exchange, { device }: Put): Promise<void> {
  const { fid, untilS } = exchange.ticket
  await emptyPartial(device, fid, { untilS, isGone: false })
  answerPart(exchange, [])
}

function answerPart(
  { response, ticket }: Exchange,
  stretches: readonly { start: number; end: number }[],
): void {
  const { fid, deviceId } = ticket
  sendJson(response, 202, { fid, deviceId, bytes: cameOf(stretches), stretches })
}

/** A fid's bytes never change (I1): who only asks is told again that all came. */
async function answerStored(
  exchange: Exchange,
  device: Device,
  { end, bytes, stored }: { end: number; bytes: number | undefined; stored: number },
  deps: HttpDeps,
): Promise<void> {
  const { response, ticket } = exchange
  if (end > 0 || bytes !== stored) throw new Problem('fid_exists', { fid: ticket.fid })
  answerWhole(response, await finishAgain(exchange, device, deps))
}
