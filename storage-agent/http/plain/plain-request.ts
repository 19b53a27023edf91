// The requests that make up nearly all traffic, read by ourselves: a whole head in the strictest
// form of RFC 9112, without any field that changes how it is framed or answered. All else is left
// to Node's parser as `undefined`, so no leniency of ours can smuggle a request. Pure.
import type { IncomingHttpHeaders } from 'node:http'
import { ticketInQuery } from '#shared/ticket-in-path.ts'
import { MAX_PLAIN_HEAD_BYTES, SMALL_BODY_BYTES } from '../../limits.ts'

export interface PlainRequest {
  method: 'GET' | 'HEAD' | 'PUT'
  url: string
  headers: IncomingHttpHeaders
  headBytes: number
  bodyBytes: number
}

const REQUEST_LINE = /^(GET|HEAD|PUT) (\/[!-~]*) HTTP\/1\.1$/
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[!-~](?:[\t -~]*[!-~])?)?)[ \t]*$/
const LENGTH = /^\d{1,9}$/
const HEAD_END = '\r\n\r\n'

const LEFT_TO_NODE: ReadonlySet<string> = new Set([
  'authorization',
  'content-md5',
  'content-range',
  'expect',
  'origin',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-sendfile-type',
])

/** The request that these bytes begin with; its body may still be on its way. */
export function readPlainRequest(bytes: Buffer): PlainRequest | undefined {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0 || end > MAX_PLAIN_HEAD_BYTES) return undefined
  const [requestLine = '', ...fieldLines] = bytes.toString('latin1', 0, end).split('\r\n')
  const [, method, url = ''] = REQUEST_LINE.exec(requestLine) ?? []
  const headers = readFields(fieldLines)
  if (!isMethod(method) || headers?.host === undefined) return undefined
  const bodyBytes = bodyBytesOf(method, headers)
  if (bodyBytes === undefined) return undefined
  return { method, url: ticketInQuery(url), headers, headBytes: end + HEAD_END.length, bodyBytes }
}

const isMethod = (text: string | undefined): text is PlainRequest['method'] =>
  text === 'GET' || text === 'HEAD' || text === 'PUT'

/** By lower-case names. Undefined where a field is malformed, comes twice or is not for us. */
function readFields(lines: readonly string[]): IncomingHttpHeaders | undefined {
  const headers: IncomingHttpHeaders = {}
  for (const line of lines) {
    const match = FIELD_LINE.exec(line)
    if (match === null) return undefined
    const [, written = '', value = ''] = match
    const name = written.toLowerCase()
    if (LEFT_TO_NODE.has(name) || headers[name] !== undefined) return undefined
    if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined
    headers[name] = value
  }
  return headers
}

/** Undefined where it is not as plain as can be: none for GET and HEAD, a small one for PUT. */
function bodyBytesOf(method: string, headers: IncomingHttpHeaders): number | undefined {
  const length = headers['content-length']
  if (method !== 'PUT') return length === undefined ? 0 : undefined
  if (length === undefined || !LENGTH.test(length)) return undefined
  const bytes = Number(length)
  return bytes <= SMALL_BODY_BYTES ? bytes : undefined
}
