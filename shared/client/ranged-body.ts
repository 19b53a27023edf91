// A body that can be read from any byte on: what a put needs that goes on where it broke off.
import type { Sendable } from './body.ts'
import { PIECE_BYTES } from './limits.ts'

/** A stream from a file, for example. It is asked once for each try, and gives all of the rest. */
export interface RangedBody {
  bytes: number
  from(offset: number): ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>
}

export type ResumableBody = Blob | Uint8Array<ArrayBuffer> | RangedBody

/** What one request sends. */
export interface Piece {
  body: Sendable
  bytes: number
}

export interface Pieces {
  bytes: number
  next(offset: number): Piece | Promise<Piece>
}

/** A stream is one piece; what is in memory goes in several, and each that arrived is progress. */
export function piecesOf(body: ResumableBody): Pieces {
  if (body instanceof Blob) return inPieces(body.size, (start, end) => body.slice(start, end))
  if (body instanceof Uint8Array)
    return inPieces(body.byteLength, (start, end) => body.subarray(start, end))
  return {
    bytes: body.bytes,
    next: async (offset) => ({ body: await body.from(offset), bytes: body.bytes - offset }),
  }
}

const inPieces = (bytes: number, cut: (start: number, end: number) => Sendable): Pieces => ({
  bytes,
  next: (offset) => {
    const end = Math.min(offset + PIECE_BYTES, bytes)
    return { body: cut(offset, end), bytes: end - offset }
  },
})
