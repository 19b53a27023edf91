// What can be stored, and how it is had once more for another node.
import { MAX_REPLAY_BYTES } from './limits.ts'
import { replay } from './replay.ts'

/** What one PUT sends. */
export type Sendable = Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

/**
 * A function is called once for each try, so it must give the same bytes again. A bare stream can
 * be sent again while it has given no more than MAX_REPLAY_BYTES; after that the first failure is
 * the last.
 */
export type PutBody = Sendable | string | (() => Sendable | Promise<Sendable>)

export interface BodySource {
  /** Undefined for a stream whose size nobody told. */
  readonly bytes: number | undefined
  next(): Sendable | Promise<Sendable>
  /** True when the beginning of the stream is gone. */
  isSpent(): boolean
  /** It can be sent to several nodes at the same time. */
  readonly isWhole: boolean
}

export function bodySource(body: PutBody, bytes?: number): BodySource {
  if (typeof body === 'function') return { bytes, next: body, isSpent: () => false, isWhole: false }
  if (body instanceof ReadableStream)
    return { bytes, ...replay(body, MAX_REPLAY_BYTES), isWhole: false }

  const whole = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return { bytes: sizeOf(whole), next: () => whole, isSpent: () => false, isWhole: true }
}

export const sizeOf = (whole: Blob | Uint8Array): number =>
  whole instanceof Blob ? whole.size : whole.byteLength
