// GET and HEAD of one fid, in whatever form they are asked.
import { Problem } from '#shared/problems.ts'
import type { Device } from '../disk/device.ts'
import { type FoundFile, findFile } from '../disk/read.ts'
import type { Exchange, HttpDeps } from './exchange.ts'
import { answerFor, factsOf } from './file-answer.ts'
import { handOver, isFromFront, lookAtFile } from './front.ts'
import { finishByClose } from './parts/finish-by-close.ts'
import { isUnchanged, requireConditions } from './preconditions.ts'
import { type SentFile, sendFile } from './send-file.ts'
import { digestOf, kindWanted } from './wanted-digest.ts'

export async function getFile(exchange: Exchange, deps: HttpDeps): Promise<void> {
  const { request, ticket } = exchange
  const device = deps.devices.forReading(ticket)
  // a front knows no pace
  if (ticket.copy === true) await device.copiesOut.run(() => getFrom(device, exchange, deps))
  else if (deps.accelPrefix !== undefined && isFromFront(request))
    await letFrontSend(exchange, device, deps.accelPrefix)
  else await getFrom(device, exchange, deps)
}

async function getFrom(device: Device, exchange: Exchange, deps: HttpDeps): Promise<void> {
  const { fid, deviceId, copy } = exchange.ticket
  const found = (await findFile(device, fid)) ?? (await findFinished(exchange, device, deps))
  if (found === undefined) throw new Problem('unknown_fid', { fid, deviceId })
  await using _ = found.open
  await answer(exchange, copy === true ? { ...found, flow: device.outflow } : found)
}

/** For a close, which asks for a file that came in parts. */
async function findFinished(exchange: Exchange, device: Device, deps: HttpDeps) {
  const { request, ticket } = exchange
  const isThere = request.method === 'HEAD' && (await finishByClose(exchange, deps))
  return isThere ? findFile(device, ticket.fid) : undefined
}

async function letFrontSend(exchange: Exchange, device: Device, prefix: string): Promise<void> {
  const { request, response, ticket } = exchange
  const facts = factsOf(request, ticket, await lookAtFile(device, exchange))
  const { validators, known, content, contentType } = facts
  requireConditions(request.headers, validators)
  if (isUnchanged(request.headers, validators)) response.writeHead(304, [...known]).end()
  else handOver(exchange, prefix, [...known, 'content-type', contentType, ...content])
}

async function answer(exchange: Exchange, found: SentFile): Promise<void> {
  const { request, response, ticket } = exchange
  const answered = answerFor(request, ticket, found)
  if (request.method === 'HEAD') answered.headers.push(...(await digestWanted(exchange, found)))
  await sendFile(response, found, answered)
}

async function digestWanted({ request }: Exchange, found: FoundFile): Promise<string[]> {
  const kind = kindWanted(request.headers)
  if (kind === undefined) return []
  request.socket.setTimeout(0) // reading a large file takes longer than a client may idle
  return digestOf(found, kind)
}
