// The trackers, asked one at a time: the one that answered last, and the next when it does not.
// What a tracker refuses is an answer too, and comes back as a Problem.
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'undici'
import * as z from 'zod'
import { isProblemCode, Problem, type ProblemCode } from '#shared/problems.ts'
import { REQUEST_ID_HEADER, requestIdOf } from '#shared/request-id.ts'
import {
  type CommitRequest,
  Enrolled,
  type EnrollRequest,
  type InventoryRequest,
  InventoryResponse,
  type SyncRequest,
  SyncResponse,
} from '#shared/wire/agents.ts'
import {
  type ChangedRequest,
  ChangedResponse,
  type CompareRequest,
  CompareResponse,
} from '#shared/wire/catalogue.ts'
import {
  type FindingsRequest,
  FindingsResponse,
  type SearchRequest,
  SearchResponse,
  type WindowRequest,
  WindowResponse,
} from '#shared/wire/looks.ts'
import { Closed } from '#shared/wire/uploads.ts'
import { codeOf } from './disk/failures.ts'
import { MAX_TRACKER_ANSWER_BYTES, TRACKER_ANSWER_MS, TRACKER_CONNECT_MS } from './limits.ts'

export interface Tracker extends AsyncDisposable {
  enroll: (ask: EnrollRequest) => Promise<Enrolled>
  sync: (ask: SyncRequest, signal: AbortSignal) => Promise<SyncResponse>
  inventory: (ask: InventoryRequest, signal: AbortSignal) => Promise<InventoryResponse>
  look: (ask: WindowRequest, signal: AbortSignal) => Promise<WindowResponse>
  findings: (ask: FindingsRequest, signal: AbortSignal) => Promise<FindingsResponse>
  search: (ask: SearchRequest, signal: AbortSignal) => Promise<SearchResponse>
  changed: (ask: ChangedRequest, signal: AbortSignal) => Promise<ChangedResponse>
  compare: (ask: CompareRequest, signal: AbortSignal) => Promise<CompareResponse>
  /** Closes a one-step put. Whatever it throws is a Problem for the client's eyes. */
  commit: (ask: CommitRequest, requestId?: unknown) => Promise<Closed>
}

/** No tracker answered, or what answered is none. */
export class TrackersSilent extends Error {
  override readonly name = 'TrackersSilent'
}

const Refusal = z.object({ code: z.string(), detail: z.string().optional() })

/** `urls` have no trailing slash; without a credential only `enroll` will succeed. */
export function trackers(urls: readonly string[], credential?: string): Tracker {
  const dispatcher = new Agent({
    connect: { timeout: TRACKER_CONNECT_MS },
    headersTimeout: TRACKER_ANSWER_MS,
    bodyTimeout: TRACKER_ANSWER_MS,
    maxResponseSize: MAX_TRACKER_ANSWER_BYTES,
  })
  const headers = {
    'content-type': 'application/json',
    ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
  }
  let preferred = 0

  async function post<Answer>(
    path: string,
    ask: unknown,
    answer: z.ZodType<Answer>,
    signal: AbortSignal | null = null,
    requestId?: unknown,
  ): Promise<Answer> {
    const body = JSON.stringify(ask)
    const named =
      requestId === undefined ? {} : { [REQUEST_ID_HEADER]: requestIdOf(requestId, randomUUID) }
    const silences: string[] = []
    for (const url of [...urls.slice(preferred), ...urls.slice(0, preferred)]) {
      try {
        const options = { headers: { ...headers, ...named }, body, dispatcher, signal }
        const sent = await request(url + path, { method: 'POST', ...options })
        return await readAnswer(sent, answer)
      } catch (error) {
        if (signal?.aborted === true) throw error
        preferred = (urls.indexOf(url) + 1) % urls.length // whatever it was: ask another next time
        if (error instanceof Problem) throw error
        silences.push(`${url}: ${reasonOf(error)}`)
      }
    }
    throw new TrackersSilent(silences.join('; '))
  }

  return {
    enroll: (ask) => post('/v1/agent/enroll', ask, Enrolled),
    sync: (ask, signal) => post('/v1/agent/sync', ask, SyncResponse, signal),
    inventory: (ask, signal) => post('/v1/agent/inventory', ask, InventoryResponse, signal),
    look: (ask, signal) => post('/v1/agent/look', ask, WindowResponse, signal),
    findings: (ask, signal) => post('/v1/agent/findings', ask, FindingsResponse, signal),
    search: (ask, signal) => post('/v1/agent/search', ask, SearchResponse, signal),
    changed: (ask, signal) => post('/v1/agent/changed', ask, ChangedResponse, signal),
    compare: (ask, signal) => post('/v1/agent/compare', ask, CompareResponse, signal),
    async commit(ask, requestId) {
      try {
        return await post('/v1/agent/commit', ask, Closed, null, requestId)
      } catch (error) {
        if (error instanceof Problem && !ourFault.has(error.code)) throw error
        throw new Problem('commit_failed', { reason: reasonOf(error) }, { cause: error })
      }
    },
    [Symbol.asyncDispose]: () => dispatcher.close(),
  }
}

/** About this agent's rights or the tracker's health: the client asked for nothing wrong. */
const ourFault: ReadonlySet<ProblemCode> = new Set([
  'unauthorized',
  'forbidden',
  'unknown_route',
  'invalid_request',
  'internal',
])

type Response = Awaited<ReturnType<typeof request>>

async function readAnswer<Answer>(
  { statusCode, body }: Response,
  answer: z.ZodType<Answer>,
): Promise<Answer> {
  const text = await body.text()
  if (statusCode >= 200 && statusCode < 300) return answer.parse(JSON.parse(text))
  const refusal = Refusal.safeParse(parseJson(text))
  if (refusal.success && isProblemCode(refusal.data.code))
    throw new Problem(refusal.data.code, { tracker: refusal.data.detail ?? statusCode })
  throw new Error(`answered ${statusCode}, and no problem that we know`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : (codeOf(error) ?? String(error))
