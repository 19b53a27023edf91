// One verb for many files, a thousand a request: each gets its own answer or its own refusal.
import type * as z from 'zod'
import { MAX_BATCH_FILES } from '../limits.ts'
import { BatchAnswer, type BatchVerb } from '../wire/batch.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import type { Tracker } from './tracker.ts'

/** `path` is that of the domain's batches. What it gives is in the order of the items. */
export async function* batch<Schema extends z.ZodType>(
  tracker: Tracker,
  path: string,
  verb: BatchVerb,
  schema: Schema,
  { items, signal }: { items: readonly unknown[]; signal?: AbortSignal | undefined },
): AsyncGenerator<NonNullable<z.output<Schema>> | Refusal, undefined> {
  for (let from = 0; from < items.length; from += MAX_BATCH_FILES) {
    const json = { [verb]: items.slice(from, from + MAX_BATCH_FILES) }
    const { results } = await tracker.ask(BatchAnswer(schema), {
      method: 'POST',
      path,
      json,
      signal,
    })
    for (const { answer, problem } of results) yield answer ?? refusalOf(problem)
  }
}
