// Writes a stretch of a file in batches of 1 MiB, one batch ahead of who brings the bytes; in
// smaller ones where many do so at once. Its bytes lie in pieces of a pool that all writers share:
// one that gets none writes each chunk as it comes, so that nobody waits for another's client.
import type { FileHandle } from 'node:fs/promises'
import {
  ALL_BATCHES_BYTES,
  MIN_WRITE_BATCH_BYTES,
  WRITE_BATCH_BYTES,
  WRITE_PIECE_BYTES,
} from '../limits.ts'
import type { Lane } from './lane.ts'
import { writeAll } from './write-all.ts'
import { givePieces, takePiece } from './write-pieces.ts'

let atWork = 0

/** What each of so many should write at once. */
export const batchBytesFor = (writers: number): number =>
  Math.max(MIN_WRITE_BATCH_BYTES, Math.min(WRITE_BATCH_BYTES, ALL_BATCHES_BYTES / writers))

export class BatchWriter implements Disposable {
  /** Written, or about to be. */
  bytes = 0
  readonly #start: number
  readonly #file: FileHandle
  readonly #lane: Lane
  /** All are full but the last. */
  #pieces: Buffer[] = []
  #batchBytes = 0
  #writing: Promise<unknown> = Promise.resolve()
  #failure: { error: unknown } | undefined

  constructor(file: FileHandle, lane: Lane, start = 0) {
    this.#file = file
    this.#lane = lane
    this.#start = start
    atWork++
  }

  /** What is being written gives its pieces back when that has ended. */
  [Symbol.dispose](): void {
    atWork--
    givePieces(this.#pieces)
    this.#pieces = []
    this.#batchBytes = 0
  }

  /** The chunk is the caller's again afterwards. */
  async add(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const kept = this.#keep(chunk, done)
      if (kept === 0) return this.#writeThrough(chunk.subarray(done))
      done += kept
      if (this.#batchBytes >= batchBytesFor(atWork)) await this.#flush()
    }
  }

  /** All that was added is written; more may be added. */
  async finish(): Promise<void> {
    await this.#flush()
    await this.#written()
  }

  /** How many bytes of the chunk a piece took; none where there is no piece. */
  #keep(chunk: Uint8Array, from: number): number {
    const used = this.#batchBytes % WRITE_PIECE_BYTES
    const piece = used === 0 ? takePiece() : this.#pieces.at(-1)
    if (piece === undefined) return 0
    if (used === 0) this.#pieces.push(piece)
    const kept = Math.min(chunk.length - from, WRITE_PIECE_BYTES - used)
    piece.set(chunk.subarray(from, from + kept), used)
    this.#batchBytes += kept
    this.bytes += kept
    return kept
  }

  async #writeThrough(rest: Uint8Array): Promise<void> {
    await this.finish()
    const position = this.#start + this.bytes
    this.bytes += rest.length
    this.#writing = this.#write([rest], position)
    await this.#written()
  }

  /** Waits for the batch before, not for this one. */
  async #flush(): Promise<void> {
    await this.#written()
    if (this.#batchBytes === 0) return
    const [pieces, bytes] = [this.#pieces, this.#batchBytes]
    this.#pieces = []
    this.#batchBytes = 0
    this.#writing = this.#writePieces(pieces, bytes, this.#start + this.bytes - bytes)
  }

  async #written(): Promise<void> {
    await this.#writing
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #writePieces(pieces: readonly Buffer[], bytes: number, position: number): Promise<void> {
    const lastBytes = bytes - (pieces.length - 1) * WRITE_PIECE_BYTES
    await this.#write(
      pieces.map((piece, n) => (n < pieces.length - 1 ? piece : piece.subarray(0, lastBytes))),
      position,
    )
    givePieces(pieces)
  }

  /** Never rejects: nobody may be waiting when it fails. */
  async #write(batch: readonly Uint8Array[], position: number): Promise<void> {
    try {
      await this.#lane.run(() => writeAll(this.#file, batch, position))
    } catch (error) {
      this.#failure = { error }
    }
  }
}
