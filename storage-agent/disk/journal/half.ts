// One half of a device's journal: a file that is written front to back, durably (O_DSYNC), then
// begun anew when the files that it stands for are durable themselves.
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { JOURNAL_HALF_BYTES } from '../../limits.ts'
import { BLOCK_BYTES, toBlocks } from './records.ts'

/** Blocks are claimed ahead: a write within the file needs no commit of the file system's own. */
const CLAIM = Buffer.alloc(1024 ** 2)

export class Half implements Disposable {
  generation: number
  /** The files that it holds: fid -> path. */
  readonly files = new Map<number, string>()
  /** Full, and its files are being made durable. */
  isSettling = false
  readonly #fd: number
  #offset = 0
  #claimed = 0

  /** Of a file that is empty. */
  constructor(path: string, generation: number) {
    this.#fd = openSync(path, constants.O_RDWR + constants.O_DSYNC)
    this.generation = generation
  }

  hasRoomFor(bytes: number): boolean {
    return this.#offset + bytes <= JOURNAL_HALF_BYTES
  }

  /** Durable when it returns. */
  append(batch: Buffer): void {
    while (this.#claimed < this.#offset + batch.length) {
      this.#write(CLAIM, this.#claimed)
      this.#claimed += CLAIM.length
    }
    this.#write(batch, this.#offset)
    this.#offset += toBlocks(batch.length)
  }

  /** Its files are durable: it begins anew. What lies behind the first block is older by then. */
  beginAnew(generation: number): void {
    this.#write(CLAIM.subarray(0, BLOCK_BYTES), 0)
    this.generation = generation
    this.files.clear()
    this.#offset = 0
    this.isSettling = false
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
  }

  /** All of it: the kernel may take less at once, most likely because the disk is full. */
  #write(bytes: Buffer, position: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done)
  }
}
