// Writes a stretch of a file in batches of 1 MiB, one batch ahead of who brings the bytes; in
// smaller ones where many do so at once, so that memory does not grow with their number.
import type { FileHandle } from 'node:fs/promises'
import { ALL_BATCHES_BYTES, MIN_WRITE_BATCH_BYTES, WRITE_BATCH_BYTES } from '../limits.ts'
import type { Lane } from './lane.ts'
import { writeAll } from './write-all.ts'

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
  #batch: Uint8Array[] = []
  #batchBytes = 0
  #writing: Promise<unknown> = Promise.resolve()
  #failure: { error: unknown } | undefined

  constructor(file: FileHandle, lane: Lane, start = 0) {
    this.#file = file
    this.#lane = lane
    this.#start = start
    atWork++
  }

  [Symbol.dispose](): void {
    atWork--
  }

  async add(chunk: Uint8Array): Promise<void> {
    this.bytes += chunk.length
    this.#batch.push(chunk)
    this.#batchBytes += chunk.length
    if (this.#batchBytes >= batchBytesFor(atWork)) await this.#flush()
  }

  /** All that was added is written; more may be added. */
  async finish(): Promise<void> {
    await this.#flush()
    await this.#written()
  }

  /** Waits for the batch before, not for this one. */
  async #flush(): Promise<void> {
    await this.#written()
    if (this.#batchBytes === 0) return
    const [batch, position] = [this.#batch, this.#start + this.bytes - this.#batchBytes]
    this.#batch = []
    this.#batchBytes = 0
    this.#writing = this.#write(batch, position)
  }

  async #written(): Promise<void> {
    await this.#writing
    if (this.#failure !== undefined) throw this.#failure.error
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
