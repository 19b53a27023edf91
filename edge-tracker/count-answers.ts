// Counts each answer by route and status, where somebody may ask for the counts.
import { routePath } from 'hono/route'
import type { TrackerContext } from './request.ts'

/** Where nothing but the middleware of all answers. */
const EVERY_URL = '/*'

/** By the pattern of the URL: of those that are none, all are alike. */
export async function countAnswers(c: TrackerContext, next: () => Promise<void>): Promise<void> {
  const { meter } = c.var.deps
  if (meter === undefined) return next()
  const startedMs = meter.nowMs()
  await next()
  const pattern = routePath(c, -1)
  const route = pattern === EVERY_URL ? 'none' : pattern
  meter.answered(`${c.req.method} ${route}`, c.res.status, meter.nowMs() - startedMs)
}
