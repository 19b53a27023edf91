// The header fields of WebDAV requests (RFC 4918 section 10), and their XML bodies within a bound.
import type { IncomingMessage } from 'node:http'
import { Problem } from '#shared/problems.ts'
import { readChunks } from '../http/request-body.ts'
import { DEFAULT_LOCK_S, MAX_LOCK_S, MAX_XML_BYTES } from '../limits.ts'
import { type Element, parseXml } from './xml-parse.ts'

export type Depth = '0' | '1' | 'infinity'

/** Undefined where the client said nothing: each method has a default of its own. */
export function depthOf({ headers }: IncomingMessage): Depth | undefined {
  const text = headers['depth']?.toString().trim().toLowerCase()
  if (text === undefined || text === '0' || text === '1' || text === 'infinity') return text
  throw new Problem('invalid_request', { depth: text })
}

/** False: what is at the destination must stay. */
export const mayOverwrite = ({ headers }: IncomingMessage): boolean =>
  headers['overwrite']?.toString().trim().toUpperCase() !== 'F'

/** The first wish that we can fulfil, within our bounds. */
export function lockSecondsOf({ headers }: IncomingMessage): number {
  for (const wish of headers['timeout']?.toString().split(',') ?? []) {
    const seconds = /^\s*Second-(\d{1,10})\s*$/i.exec(wish)?.[1]
    if (seconds !== undefined) return Math.min(Math.max(Number(seconds), 1), MAX_LOCK_S)
    if (/^\s*infinite\s*$/i.test(wish)) return MAX_LOCK_S
  }
  return DEFAULT_LOCK_S
}

/** Undefined where there is no body. */
export async function readXml(
  request: IncomingMessage,
  goOn: () => void,
): Promise<Element | undefined> {
  goOn()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of readChunks(request)) {
    bytes += chunk.length
    if (bytes > MAX_XML_BYTES) throw new Problem('body_too_large', { maxBytes: MAX_XML_BYTES })
    chunks.push(chunk)
  }
  if (bytes === 0) return undefined
  return parseXml(decode(Buffer.concat(chunks)))
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Problem('invalid_request', { xml: 'not UTF-8' })
  }
}
