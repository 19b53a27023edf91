// Read buffers that are used again and again: allocating 512 KiB for each read would cost more than
// the read. Many slow readers get small ones, so that they cannot fill the memory.
import {
  MAX_IDLE_SMALL_BUFFERS,
  MAX_LARGE_BUFFERS,
  READ_BUFFER_BYTES,
  SMALL_BUFFER_BYTES,
} from '../limits.ts'

export interface BufferPair extends Disposable {
  buffers: readonly [Buffer, Buffer]
}

/** Of one size: as many are kept as may be in use, for what is thrown away is freed late. */
class Shelf {
  readonly #bytes: number
  readonly #most: number
  readonly #idle: Buffer[] = []

  constructor(bytes: number, most: number) {
    this.#bytes = bytes
    this.#most = most
  }

  take(): Buffer {
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(this.#bytes)
  }

  giveBack(buffers: readonly Buffer[]): void {
    this.#idle.push(...buffers.slice(0, this.#most - this.#idle.length))
  }
}

const large = new Shelf(READ_BUFFER_BYTES, MAX_LARGE_BUFFERS)
const small = new Shelf(SMALL_BUFFER_BYTES, MAX_IDLE_SMALL_BUFFERS)
let largeInUse = 0

/** One to read into while the other is sent. Nothing may use them once they are disposed. */
export function takeBuffers(): BufferPair {
  const areLarge = largeInUse < MAX_LARGE_BUFFERS
  const shelf = areLarge ? large : small
  if (areLarge) largeInUse += 2
  const buffers = [shelf.take(), shelf.take()] as const
  return {
    buffers,
    [Symbol.dispose]() {
      if (areLarge) largeInUse -= 2
      shelf.giveBack(buffers)
    },
  }
}
