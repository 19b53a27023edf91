// One half of a device's journal: a file that is written front to back, durably (O_DSYNC), then
// emptied when the files that it stands for are durable themselves.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Fid } from '#shared/ids.ts'
import { JOURNAL_HALF_BYTES } from '../../limits.ts'
import type { Lane } from '../lane.ts'
import { writeAll } from '../write-all.ts'
import { BLOCK_BYTES, toBlocks } from './records.ts'

/** Blocks are claimed ahead: a write within the file needs no commit of the file system's own. */
const CLAIM = Buffer.alloc(1024 ** 2)

export class Half implements AsyncDisposable {
  generation: number
  /** The files that it holds, by their paths below the device's root. */
  readonly files = new Map<Fid, string>()
  /** Full, and its files are being made durable. */
  isSettling = false
  readonly #file: FileHandle
  readonly #lane: Lane
  #offset = 0
  #claimed = 0

  private constructor(file: FileHandle, lane: Lane, generation: number) {
    this.#file = file
    this.#lane = lane
    this.generation = generation
  }

  /** What an earlier life left in it is read with `content`, and gone after `clear`. */
  static async open(path: string, lane: Lane, generation: number): Promise<Half> {
    const flags = constants.O_RDWR + constants.O_CREAT + constants.O_DSYNC
    return new Half(await open(path, flags, 0o600), lane, generation)
  }

  content(): Promise<Buffer> {
    return this.#file.readFile()
  }

  hasRoomFor(bytes: number): boolean {
    return this.#offset + bytes <= JOURNAL_HALF_BYTES
  }

  /** Durable when it resolves. One at a time. */
  async append(batch: Buffer): Promise<void> {
    while (this.#claimed < this.#offset + batch.length) {
      await this.#write(CLAIM, this.#claimed)
      this.#claimed += CLAIM.length
    }
    await this.#write(batch, this.#offset)
    this.#offset += toBlocks(batch.length)
  }

  /** Its files are durable: it begins anew. What lies behind the first block is older by then. */
  async empty(generation: number): Promise<void> {
    await this.#write(CLAIM.subarray(0, BLOCK_BYTES), 0)
    this.generation = generation
    this.files.clear()
    this.#offset = 0
    this.isSettling = false
  }

  /** For the next life, which counts generations from one again. */
  async clear(): Promise<void> {
    await this.#file.truncate(0)
    await this.#file.sync()
    this.files.clear()
    this.#offset = 0
    this.#claimed = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }

  #write(bytes: Buffer, position: number): Promise<void> {
    return this.#lane.run(() => writeAll(this.#file, [bytes], position))
  }
}
