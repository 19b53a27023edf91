// The tracker of this process as its own clients know one, without a socket between: the same
// requests, auth and answers as over HTTP.
import type { ExecutionContext } from 'hono'
import { readAnswer } from '#shared/client/read-answer.ts'
import { readRefusal } from '#shared/client/refusal.ts'
import { type Ask, queryText, type Tracker, trackerAt } from '#shared/client/tracker.ts'
import { type Clock } from '#shared/clock.ts'
import type { createApp } from '#tracker/app.ts'

/** In which a client's address is told. */
export const ADDRESS_HEADER = 'x-client-address'
const BASE = 'http://this.tracker'

export function appTracker(
  app: ReturnType<typeof createApp>,
  execution: ExecutionContext,
  { key, clock }: { key: string; clock: Clock },
): Tracker {
  const authorization = `Bearer ${key}`
  const fetchHere: typeof fetch = async (input, init) => app.fetch(new Request(input, init), {})

  const send: Tracker['send'] = async (ask: Ask) => {
    const { method, path, json, headers = {} } = ask
    const url = `${BASE}${path}${queryText(ask)}`
    const request = new Request(url, { method, headers: { authorization } })
    const bindings = {
      readText: () => Promise.resolve(json === undefined ? '' : JSON.stringify(json)),
      clientAddress: () => headers[ADDRESS_HEADER],
    }
    const response = await app.fetch(request, bindings, execution)
    if (!response.ok) throw await readRefusal(response, clock.nowMs())
    return { url, status: response.status, headers: response.headers, text: await response.text() }
  }
  return {
    ...trackerAt([BASE], key, { fetch: fetchHere, clock }),
    send,
    ask: async (schema, ask) => readAnswer(schema, await send(ask)),
  }
}
