// What was deleted or replaced, while it can be had back.
import * as z from 'zod'
import { Fid, Key } from '../ids.ts'
import { LIST_DEFAULT_LIMIT, LIST_MAX_LIMIT } from '../limits.ts'
import { conditions } from '../preconditions.ts'
import { FileDetail, FileInfo } from './files.ts'

/** A key may be in the trash many times, once for each revision. */
export const TrashQuery = z.object({
  prefix: z.string().default(''),
  after: z.string().default(''),
  afterFid: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(LIST_MAX_LIMIT).default(LIST_DEFAULT_LIMIT),
})
export type TrashQuery = z.infer<typeof TrashQuery>

/** `createdAtMs` is when it was stored. `class` is null where its class is gone. */
export const TrashedFile = FileInfo.extend({
  class: z.string().nullable(),
  deletedAtMs: z.number(),
  eraseAtMs: z.number(),
})
export type TrashedFile = z.infer<typeof TrashedFile>

/** By key, then by fid. Go on with both of `next` unless it is null. */
export const TrashList = z.object({
  files: z.array(TrashedFile),
  next: z.object({ after: z.string(), afterFid: Fid }).nullable(),
})
export type TrashList = z.infer<typeof TrashList>

/** Under its own key, unless another is named. */
export const RestoreRequest = z.strictObject({ key: Key.optional(), ...conditions })
export type RestoreRequest = z.infer<typeof RestoreRequest>

export const Restored = FileDetail.extend({ replacedFid: Fid.nullable() })
export type Restored = z.infer<typeof Restored>
