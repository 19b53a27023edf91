// What is asked of trackers. Any tracker gives the same answer (I8): one that does not answer, or
// says `later`, is passed over for the next; when all were asked, a pause and another round.
import type * as z from 'zod'
import { type Share, shareUrl } from '../share-links.ts'
import { backOff } from './backoff.ts'
import { exchange, type Wire } from './exchange.ts'
import { TRACKER_ROUNDS, TRACKER_TIMEOUT_MS } from './limits.ts'
import { type Answer, readAnswer, takeAnswer } from './read-answer.ts'
import { Refusal } from './refusal.ts'
import { Unreachable } from './unreachable.ts'
import { watchdog } from './watchdog.ts'

export interface Ask {
  method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE'
  /** Begins with `/v1`; its parts are percent-encoded already. */
  path: string
  /** What is undefined is left out. */
  query?: Record<string, string | number | undefined>
  json?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  /** Doing it twice does harm: it is not asked again where it may have been done. */
  once?: boolean
  rounds?: number
}

export interface Tracker extends Wire {
  /** A link to one file, made without asking anybody. */
  share(share: Share): Promise<string>
  send(ask: Ask): Promise<Answer>
  ask<Schema extends z.ZodType>(schema: Schema, ask: Ask): Promise<z.output<Schema>>
}

export function trackerAt(
  urls: readonly string[],
  key: string,
  wire: Wire,
  maxRounds: number = TRACKER_ROUNDS,
): Tracker {
  let order = urls.map((url) => url.replace(/\/+$/, ''))

  const askRound = async (ask: Ask): Promise<Answer | Error> => {
    let failure = new Error('there is no tracker to ask')
    for (const base of order) {
      const answer = await askOne(wire, base, key, ask)
      if (!(answer instanceof Error)) {
        // whoever answers is asked first from now on: a dead one is not knocked at every time
        order = [base, ...order.filter((other) => other !== base)]
        return answer
      }
      failure = answer
    }
    return failure
  }

  const send = async (ask: Ask): Promise<Answer> => {
    const rounds = ask.rounds ?? maxRounds
    for (let round = 1; ; round++) {
      const answer = await askRound(ask)
      if (!(answer instanceof Error)) return answer
      if (round >= rounds) throw answer
      await backOff(answer, round, wire.clock, ask.signal)
    }
  }
  const share = (ask: Share) => shareUrl(order[0] ?? '', ask, key)
  return { ...wire, share, send, ask: async (schema, ask) => readAnswer(schema, await send(ask)) }
}

/** The answer, or the failure on which another tracker may be asked. Throws what is final. */
async function askOne(wire: Wire, base: string, key: string, ask: Ask): Promise<Answer | Error> {
  const isJson = ask.json !== undefined
  const headers = new Headers({ ...ask.headers, authorization: `Bearer ${key}` })
  if (isJson) headers.set('content-type', 'application/json')
  const init = { method: ask.method, headers, ...(isJson && { body: JSON.stringify(ask.json) }) }

  const dog = watchdog(TRACKER_TIMEOUT_MS, wire.clock, ask.signal)
  try {
    return await exchange(wire, `${base}${ask.path}${queryText(ask)}`, init, dog, takeAnswer)
  } catch (error) {
    if (error instanceof Unreachable && !(ask.once === true && error.maybeDone)) return error
    if (error instanceof Refusal && error.retry === 'later') return error
    throw error
  }
}

export function queryText({ query = {} }: Pick<Ask, 'query'>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) given.set(name, String(value))
  return given.size === 0 ? '' : `?${given.toString()}`
}
