// GET and HEAD with a ticket to store: what has come of a file in parts, for whoever writes it.
// MogileFS's clients ask so how long a file is that they edit, and read in it while they write.
import { Problem } from '#shared/problems.ts'
import { parseRanges } from '../../byte-range.ts'
import { readComingBytes } from '../../disk/partial/read-coming.ts'
import type { Exchange, HttpDeps } from '../exchange.ts'
import { DEFAULT_TYPE } from '../file-answer.ts'
import { sendFile } from '../send-file.ts'

/** By tus, HEAD asks something else. */
export const isForWriter = ({ request, ticket }: Exchange): boolean =>
  ticket.parts === true &&
  ['GET', 'HEAD'].includes(request.method ?? '') &&
  request.headers['tus-resumable'] === undefined

/** It will be other bytes in a moment: no cache may keep it, and it has no tag. */
const ALWAYS = ['content-type', DEFAULT_TYPE, 'accept-ranges', 'bytes', 'cache-control', 'no-store']

export async function readComing(exchange: Exchange, deps: HttpDeps): Promise<void> {
  const { request, response, ticket } = exchange
  const { fid, deviceId } = ticket
  const found = await readComingBytes(deps.devices.forReading(ticket), fid)
  if (found === undefined) throw new Problem('unknown_fid', { fid, deviceId })
  await using _ = found.open
  const { bytes } = found
  const isHead = request.method === 'HEAD'
  const asked = isHead ? undefined : parseRanges(request.headers.range, bytes)
  if (asked?.length === 0) throw new Problem('range_not_satisfiable', { bytes })
  const [part = { start: 0, end: bytes }, ...others] = asked ?? []
  const isPart = asked !== undefined && others.length === 0
  const sent = isPart ? part : { start: 0, end: bytes }
  const headers = [...ALWAYS, 'content-length', String(sent.end - sent.start)]
  if (isPart) headers.push('content-range', `bytes ${part.start}-${part.end - 1}/${bytes}`)
  await sendFile(response, found, {
    status: isPart ? 206 : 200,
    headers,
    part: isHead ? undefined : sent,
  })
}
