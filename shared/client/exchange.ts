// One HTTP exchange, told apart: an answer, a Refusal, an Unreachable, or the caller's own abort.
import type { Clock } from '../clock.ts'
import { Refusal, readRefusal } from './refusal.ts'
import { Unreachable } from './unreachable.ts'
import type { Watchdog } from './watchdog.ts'

export interface Wire {
  fetch: typeof globalThis.fetch
  clock: Clock
}

/** TypeScript's own types of fetch do not know `duplex`, which a streamed body needs. */
export type FetchInit = RequestInit & { duplex?: 'half' }

/** `read` gets an answer that is ok, while the watchdog is awake. */
export async function exchange<Answer>(
  { fetch, clock }: Wire, // called bare: browsers refuse a fetch with another `this`
  url: string,
  init: FetchInit,
  dog: Watchdog,
  read: (response: Response) => Answer | Promise<Answer>,
): Promise<Answer> {
  dog.begin()
  try {
    const response = await fetch(url, { ...init, signal: dog.signal })
    if (!response.ok) throw await readRefusal(response, clock.nowMs())
    return await read(response)
  } catch (error) {
    dog.caller?.throwIfAborted()
    throw error instanceof Refusal ? error : new Unreachable(url, error, init.method)
  } finally {
    dog.rest()
  }
}
