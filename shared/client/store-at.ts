// PUTs a body to one node. The answer carries the receipt on which the upload is closed.
import type * as z from 'zod'
import { Stored, type Upload } from '../wire/uploads.ts'
import { backOff } from './backoff.ts'
import type { BodySource } from './body.ts'
import type { OnProgress } from './counted-body.ts'
import { exchange, type Wire } from './exchange.ts'
import { NODE_TRIES } from './limits.ts'
import { readAnswer, takeAnswer } from './read-answer.ts'
import { Refusal } from './refusal.ts'
import { sending } from './sending.ts'

export type Target = z.infer<typeof Upload>['targets'][number]

export interface StoreOptions {
  onProgress?: OnProgress | undefined
  signal?: AbortSignal | undefined
}

/** Asks the node again while it says `later`, for a few times. */
export async function storeAt(
  wire: Wire,
  target: Target,
  source: BodySource,
  options: StoreOptions,
): Promise<Stored> {
  for (let tries = 1; ; tries++) {
    try {
      return await storeOnce(wire, target, source, options)
    } catch (error) {
      const isLater = error instanceof Refusal && error.retry === 'later'
      if (!isLater || tries === NODE_TRIES || source.isSpent()) throw error
      await backOff(error, tries, wire.clock, options.signal)
    }
  }
}

async function storeOnce(
  { fetch, clock }: Wire,
  { url }: Target,
  source: BodySource,
  { onProgress, signal }: StoreOptions,
): Promise<Stored> {
  const body = await source.next()
  const sent = await sending(body, { clock, bytes: source.bytes, onProgress, signal })
  try {
    return readAnswer(
      Stored,
      await exchange({ fetch, clock }, url, sent.init, sent.dog, takeAnswer),
    )
  } catch (error) {
    throw sent.failure() ?? error
  } finally {
    sent.stop()
  }
}
