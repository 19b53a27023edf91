// A 207 answer, written as its parts are found: a collection may have a million members, and they
// are never all in memory.
import type { ServerResponse } from 'node:http'
import { drained } from '../http/drained.ts'

const XML = ['content-type', 'application/xml; charset=utf-8']
const PROLOGUE = '<?xml version="1.0" encoding="utf-8"?>\n'

export async function sendMultistatus(
  response: ServerResponse,
  responses: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  response.writeHead(207, XML)
  response.write(`${PROLOGUE}<D:multistatus xmlns:D="DAV:">\n`)
  for await (const text of responses) {
    if (response.destroyed) return
    if (!response.write(text)) await drained(response)
  }
  response.end('</D:multistatus>\n')
}

export function sendXml(
  response: ServerResponse,
  status: number,
  element: string,
  headers: readonly string[] = [],
): void {
  const text = PROLOGUE + element
  const length = ['content-length', String(Buffer.byteLength(text))]
  response.writeHead(status, [...XML, ...length, ...headers]).end(text)
}
