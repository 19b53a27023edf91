// One request to a tracker over real HTTP, and all that a test asks of its answer.
import assert from 'node:assert/strict'
import type * as z from 'zod'
import type { EventLog } from './event-log.ts'

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

export interface Call {
  /** The API key; none is sent when it is empty. */
  key: string
  json?: unknown
  /** Instead of `json`: sent as it is. A stream has no Content-Length. */
  body?: NonNullable<RequestInit['body']>
  headers?: Record<string, string>
  /** What the tracker logs. A 500 is a bug: the error behind it is thrown. */
  events?: EventLog
}

export interface Answer {
  status: number
  headers: Headers
  /** Parsed JSON, or undefined where there is none. */
  body: unknown
  /** Of a refusal: its stable code. */
  code: string | undefined
}

export async function call(url: string, method: Method, request: Call): Promise<Answer> {
  const { key, json, headers } = request
  const body = json === undefined ? request.body : JSON.stringify(json)
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { ...(key !== '' && { authorization: `Bearer ${key}` }), ...headers },
    ...(body !== undefined && { body, duplex: 'half' }),
  })
  const parsed = parseJson(await response.text())
  if (response.status === 500) request.events?.throwErrors()
  return {
    status: response.status,
    headers: response.headers,
    body: parsed,
    code: response.ok ? undefined : codeOf(parsed),
  }
}

/** The body of an answer that must be a success. */
export function parseAnswer<Schema extends z.ZodType>(
  schema: Schema,
  { status, body }: Answer,
): z.output<Schema> {
  assert.ok(status >= 200 && status < 300, `${status}: ${JSON.stringify(body)}`)
  return schema.parse(body)
}

const parseJson = (text: string): unknown => (text === '' ? undefined : JSON.parse(text))

const codeOf = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : undefined
