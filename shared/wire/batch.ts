// One verb for many files: each gets its own answer, or its own problem.
import * as z from 'zod'
import { Fid, Key } from '../ids.ts'
import { MAX_BATCH_FILES } from '../limits.ts'
import { conditions } from '../preconditions.ts'
import { CloseRequest } from './uploads.ts'

/** Each is parsed for itself, so that one that does not fit spoils nothing for the others. */
const items = z.array(z.unknown()).min(1).max(MAX_BATCH_FILES).optional()

/** Exactly one verb; the items of `open` are those of `POST uploads`. */
export const BatchRequest = z
  .strictObject({ open: items, close: items, delete: items, stat: items })
  .refine((batch) => Object.keys(batch).length === 1, 'a batch has one verb')
export type BatchRequest = z.infer<typeof BatchRequest>
export type BatchVerb = keyof BatchRequest

/** A batch asks no node: without a receipt there is nothing to close on. */
export const BatchClose = CloseRequest.extend({ fid: Fid, receipt: z.string().max(512) })
export type BatchClose = z.infer<typeof BatchClose>

export const BatchDelete = z.strictObject({ key: Key, ...conditions })
export const BatchStat = z.strictObject({ key: Key })

/** A problem document (RFC 9457), as of a request that is refused. */
const Problem = z.object({ code: z.string(), detail: z.string(), status: z.int() }).loose()

/** In the order of the items; each has one of the two. */
export const BatchAnswer = <Schema extends z.ZodType>(answer: Schema) =>
  z.object({
    results: z.array(z.object({ answer: answer.optional(), problem: Problem.optional() })),
  })
