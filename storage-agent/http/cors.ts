// Pages that store and fetch with tickets straight from their browsers: what the browser asks
// before, and the headers by which it lets the page see an answer.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPreflight, type Origins, originHeaders, preflightHeaders } from '#shared/cors.ts'

/**
 * What a page calls itself that a tracker redirected here, says the Fetch standard, whatever its
 * origin is. It says nothing about who it is; its ticket does.
 */
const REDIRECTED = 'null'

/** True where the request was a preflight, and is answered. */
export function answerPreflight(
  { method = '', headers }: IncomingMessage,
  response: ServerResponse,
  origins: Origins,
): boolean {
  const { origin } = headers
  const allowed = origin === REDIRECTED ? [...origins, REDIRECTED] : origins
  for (const [name, value] of Object.entries(originHeaders(allowed, origin)))
    response.setHeader(name, value)
  const wants = headers['access-control-request-method']
  if (!isPreflight({ method, origin, wants })) return false
  response.writeHead(204, preflightHeaders).end()
  return true
}
