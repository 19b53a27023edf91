// No answer came: refused, reset, cut off or silent for too long. What was asked may be done.
import { whereIs } from './refusal.ts'

export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  /** Without its query, which may carry a ticket. */
  readonly url: string
  /** False for what only reads, and where the runtime tells that no connection was made. */
  readonly maybeDone: boolean

  constructor(url: string, cause: unknown, method = 'GET') {
    super(`${whereIs(url)} did not answer: ${reasonOf(cause)}`, { cause })
    this.url = whereIs(url)
    const isRead = method === 'GET' || method === 'HEAD'
    this.maybeDone = !isRead && !unconnected.has(codeOf(cause))
  }
}

/** Node's words for it; other runtimes have none, and there every request may have been sent. */
const unconnected: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

const codeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error && 'code' in error.cause
    ? error.cause.code
    : undefined

/** `fetch failed` says nothing; what it was caused by does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!(error.cause instanceof Error)) return error.message
  return error.cause.message === '' ? String(codeOf(error)) : error.cause.message
}
