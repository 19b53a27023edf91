// A file that was found as an answer: its head, and all of it, one range, or several as
// multipart/byteranges (RFC 9110 section 15.3.7).
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { ByteRange } from '../byte-range.ts'
import type { FoundFile } from '../disk/read.ts'
import type { Flow } from '../flow.ts'
import { type FileAnswer, placeOf, type SeveralParts } from './file-answer.ts'
import { sendPieces } from './send-pieces.ts'

export interface SentFile extends FoundFile {
  /** Of a copy for another agent: background work, which is held to a pace. */
  flow?: Flow
}

export async function sendFile(
  response: ServerResponse,
  found: SentFile,
  answered: FileAnswer | SeveralParts,
): Promise<void> {
  if ('parts' in answered) return sendParts(response, found, answered)
  const { status, headers, part } = answered
  response.writeHead(status, headers)
  if (part === undefined || (await sendPart(response, found, part))) response.end()
}

/** Whether the client took it. */
async function sendPart(
  response: ServerResponse,
  { whole, open, flow }: SentFile,
  part: ByteRange,
): Promise<boolean> {
  if (open !== undefined) return sendPieces(response, open, part, flow)
  await flow?.pass(part.end - part.start)
  if (whole !== undefined && part.end > part.start)
    response.write(whole.subarray(part.start, part.end))
  return true
}

async function sendParts(
  response: ServerResponse,
  found: SentFile,
  { status, headers, contentType, parts }: SeveralParts,
): Promise<void> {
  const boundary = randomUUID()
  const heads = parts.map((part) => {
    const place = `Content-Range: ${placeOf(part, found.bytes)}`
    return `\r\n--${boundary}\r\nContent-Type: ${contentType}\r\n${place}\r\n\r\n`
  })
  const close = `\r\n--${boundary}--\r\n`
  const framing = heads.reduce((sum, head) => sum + Buffer.byteLength(head), close.length)
  const length = parts.reduce((sum, { start, end }) => sum + end - start, framing)
  const type = `multipart/byteranges; boundary=${boundary}`
  headers.push('content-type', type, 'content-length', String(length))
  response.writeHead(status, headers)
  for (const [index, part] of parts.entries()) {
    response.write(heads[index] ?? '')
    if (!(await sendPart(response, found, part))) return
  }
  response.end(close)
}
