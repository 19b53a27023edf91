// What the agent's main thread and a journal's thread say to each other.
import * as z from 'zod'
import type { Fid } from '#shared/ids.ts'

/** `full`: take another way. `code`: the file system's own word, as ENOSPC. */
export type Outcome = 'stored' | 'kept' | 'other_bytes' | 'full' | { code: string }

export const ThreadData = z.object({
  root: z.string(),
  /** The same directory for another process, which has not our file descriptors. */
  rootForOthers: z.string(),
})
export type ThreadData = z.infer<typeof ThreadData>

export interface Entry {
  kind: 'store' | 'forget'
  fid: Fid
  /** Where the record begins in its batch. */
  offset: number
  /** Of the body. */
  bytes: number
}
export type Ask =
  | { kind: 'batch'; batch: ArrayBuffer; entries: readonly Entry[] }
  | { kind: 'close' }
export type Answer =
  | { kind: 'opened'; replayed: number }
  | { kind: 'taken'; outcomes: readonly Outcome[] }
  | { kind: 'stuck'; reason: string }
  | { kind: 'closed' }
