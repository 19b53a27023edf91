// What the agent and the thread that reads for it say to each other.
import type { Failure } from '../threads/failure.ts'

export interface ReadOrder {
  path: string
  /** As a Range header: what is wanted of a larger file. */
  range: string | undefined
  /** Takes the bytes, from ANSWER_HEAD_BYTES on; undefined: none are wanted. */
  memory: ArrayBuffer | undefined
}

export type Order =
  /** The first. */
  { kind: 'open'; shared: BigInt64Array } | { kind: 'read'; reads: readonly ReadOrder[] }

/** In the memory that both see, how many reads the thread is done with ... */
export const DONE = 0
/** ... and how many, from the first on, have waited so long that they are not to be tried. */
export const TOO_LATE = 1

/** The first answer: all is loaded, so that no read waits for that. */
export interface Ready {
  kind: 'ready'
}

export interface Found {
  /** Of the whole file. */
  bytes: number
  modifiedMs: number
  /** So many are in the memory; undefined: what is wanted is not small. */
  length: number | undefined
}

/** In the order of the reads. */
export interface Told {
  /** Undefined: it was too late to try. */
  found: readonly (Found | Failure | undefined)[]
  /** What each of them took. */
  ms: readonly number[]
  memories: readonly (ArrayBuffer | undefined)[]
}
