// What the agent and a journal's thread say to each other.
import type { Failure } from '../threads/failure.ts'

export interface Opening {
  /** The device's, by a handle of this process. */
  root: string
  /** The journal's two files, empty. */
  halves: readonly [string, string]
  /** Of the files that are created. */
  fileMode: number
}

export interface Batch {
  /** Records, laid out one after another. */
  bytes: ArrayBuffer
  /** Of each record the path of its file below the root. */
  files: readonly string[]
}

export type Order =
  /** The first. */
  | { kind: 'open'; opening: Opening }
  | { kind: 'write'; batch: Batch }
  /** The last. */
  | { kind: 'close' }

/** `full`: nothing was done, take another way. */
export type Outcome = 'stored' | 'kept' | 'other_bytes' | 'full'

export type Answer = Outcome | Failure

export type Told =
  /** Of the batch that was ordered last. */
  | { kind: 'written'; answers: readonly Answer[] }
  /** Files cannot be made durable, so the journal cannot forget them; it goes on trying. */
  | { kind: 'stuck'; failure: Failure }
  /** The last that is heard: these files may not be durable yet. */
  | { kind: 'closed'; files: readonly string[] }
