// Pages that ask a tracker from their browsers: what the browser asks before, and the headers by
// which it lets the page see an answer.
import type { MiddlewareHandler } from 'hono'
import { isPreflight, type Origins, originHeaders, preflightHeaders } from '#shared/cors.ts'
import type { TrackerEnv } from './request.ts'

export const forPagesOf = (origins: Origins): MiddlewareHandler<TrackerEnv> =>
  async function answerBrowser(c, next) {
    const { method } = c.req
    const origin = c.req.header('origin')
    const headers = originHeaders(origins, origin)
    const wants = c.req.header('access-control-request-method')
    if (isPreflight({ method, origin, wants }))
      return c.body(null, 204, { ...headers, ...preflightHeaders })
    await next()
    for (const [name, value] of Object.entries(headers)) c.header(name, value, { append: true })
    return undefined
  }
