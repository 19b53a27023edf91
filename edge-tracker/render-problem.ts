// Refusals as problem+json, in one place. What is not a Problem is a bug: logged with its stack,
// and nothing of it leaves.
import { errorFacts } from '#shared/events.ts'
import { Problem, problemDocument } from '#shared/problems.ts'
import { REQUEST_ID_HEADER, requestIdOf } from '#shared/request-id.ts'
import type { TrackerContext } from './request.ts'

const RETRY_AFTER_S = 1

export function renderProblem(error: Error, c: TrackerContext): Response {
  const problem = error instanceof Problem ? error : new Problem('internal', {}, { cause: error })
  const { status, retry } = problem.entry
  const { retryAfterS } = problem.facts
  const requestId = requestIdOf(c.req.header(REQUEST_ID_HEADER), () => crypto.randomUUID())
  if (status >= 500) {
    const facts = { requestId, method: c.req.method, code: problem.code, ...errorFacts(error) }
    c.var.deps.events.emit(problem.code === 'internal' ? 'error' : 'warn', 'request.failed', facts)
  }
  return new Response(JSON.stringify(problemDocument(problem, requestId)), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      [REQUEST_ID_HEADER]: requestId,
      ...(retry === 'later' && {
        'retry-after': `${typeof retryAfterS === 'number' ? retryAfterS : RETRY_AFTER_S}`,
      }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    },
  })
}
