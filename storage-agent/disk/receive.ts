// A body on its way to the disk: hashed and written in batches of 1 MiB, one batch ahead of the
// network, and durable when this returns. What fails leaves a temp file, which the caller removes.
import { type FileHandle, open } from 'node:fs/promises'
import { Problem } from '#shared/problems.ts'
import { WRITE_BATCH_BYTES } from '../limits.ts'
import { checksumming } from './checksum.ts'
import type { Lane } from './lane.ts'
import { FILE_MODE } from './layout.ts'
import type { StoredFile, Terms } from './store.ts'
import { writeAll } from './write-all.ts'

export type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export async function receive(
  temp: string,
  body: Body,
  { maxBytes, checksumKind }: Pick<Terms, 'maxBytes' | 'checksumKind'>,
  lane: Lane,
): Promise<StoredFile> {
  const file = await lane.run(() => open(temp, 'wx', FILE_MODE))
  try {
    const sum = checksumming(checksumKind)
    const writer = new BatchWriter(file, lane)
    for await (const chunk of body) {
      if (writer.bytes + chunk.length > maxBytes) throw new Problem('body_too_large', { maxBytes })
      sum.update(chunk)
      await writer.add(chunk)
    }
    await writer.finish()
    await lane.run(() => file.datasync())
    return { bytes: writer.bytes, checksum: sum.finish() }
  } finally {
    await file.close()
  }
}

class BatchWriter {
  bytes = 0
  readonly #file: FileHandle
  readonly #lane: Lane
  #batch: Uint8Array[] = []
  #batchBytes = 0
  #writing: Promise<unknown> = Promise.resolve()
  #failure: { error: unknown } | undefined

  constructor(file: FileHandle, lane: Lane) {
    this.#file = file
    this.#lane = lane
  }

  async add(chunk: Uint8Array): Promise<void> {
    this.bytes += chunk.length
    this.#batch.push(chunk)
    this.#batchBytes += chunk.length
    if (this.#batchBytes >= WRITE_BATCH_BYTES) await this.#flush()
  }

  async finish(): Promise<void> {
    await this.#flush()
    await this.#written()
  }

  /** Waits for the batch before, not for this one. */
  async #flush(): Promise<void> {
    await this.#written()
    if (this.#batchBytes === 0) return
    const [batch, position] = [this.#batch, this.bytes - this.#batchBytes]
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
