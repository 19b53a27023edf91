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
  /** The first. The thread counts in it the reads that it is done with. */
  { kind: 'open'; done: BigInt64Array } | { kind: 'read'; reads: readonly ReadOrder[] }

export interface Found {
  /** Of the whole file. */
  bytes: number
  modifiedMs: number
  /** So many are in the memory; undefined: what is wanted is not small. */
  length: number | undefined
}

/** In the order of the reads. */
export interface Told {
  found: readonly (Found | Failure)[]
  /** What each of them took. */
  ms: readonly number[]
  memories: readonly (ArrayBuffer | undefined)[]
}
