// One half of a device's journal: a file that is written front to back, synchronously and durably
// (O_DSYNC), then emptied when the files that it stands for are durable themselves.
import {
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import type { Fid } from '#shared/ids.ts'
import { JOURNAL_HALF_BYTES } from '../../limits.ts'
import { BLOCK_BYTES, toBlocks } from './records.ts'

/** Blocks are claimed ahead: a write within the file needs no commit of the file system's own. */
const CLAIM = Buffer.alloc(1024 ** 2)

export class Half {
  generation: number
  /** What it holds, by fid: each file's path below the device's root. */
  readonly files = new Map<Fid, string>()
  /** Full, and its files are being made durable. */
  isSettling = false
  readonly #fd: number
  #offset = 0
  #claimed = 0

  /** What an earlier life left in it is read with `content`, and gone after `clear`. */
  constructor(path: string, generation: number) {
    this.generation = generation
    this.#fd = openSync(path, constants.O_RDWR + constants.O_CREAT + constants.O_DSYNC, 0o600)
  }

  content(): Buffer {
    return readFileSync(this.#fd)
  }

  hasRoomFor(bytes: number): boolean {
    return this.#offset + bytes <= JOURNAL_HALF_BYTES
  }

  append(batch: Buffer): void {
    while (this.#claimed < this.#offset + batch.length) {
      writeAll(this.#fd, CLAIM, this.#claimed)
      this.#claimed += CLAIM.length
    }
    writeAll(this.#fd, batch, this.#offset)
    this.#offset += toBlocks(batch.length)
  }

  /** Its files are durable: it begins anew. What lies behind the first block is older by then. */
  empty(generation: number): void {
    writeAll(this.#fd, CLAIM.subarray(0, BLOCK_BYTES), 0)
    this.generation = generation
    this.files.clear()
    this.#offset = 0
    this.isSettling = false
  }

  /** For the next life, which counts generations from one again. */
  clear(): void {
    ftruncateSync(this.#fd, 0)
    fsyncSync(this.#fd)
    this.files.clear()
    this.#offset = 0
    this.#claimed = 0
  }

  close(): void {
    closeSync(this.#fd)
  }
}

export function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, position + done)
}
