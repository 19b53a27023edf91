// Read buffers that are used again and again: allocating 512 KiB for each read would cost more than
// the read. Many slow readers get small ones, so that they cannot fill the memory.
import {
  MAX_IDLE_BUFFERS,
  MAX_LARGE_BUFFERS,
  READ_BUFFER_BYTES,
  SMALL_BUFFER_BYTES,
} from '../limits.ts'

export interface BufferPair extends Disposable {
  buffers: readonly [Buffer, Buffer]
}

const idle: Buffer[] = []
let largeInUse = 0

/** One to read into while the other is sent. Nothing may use them once they are disposed. */
export function takeBuffers(): BufferPair {
  const areLarge = largeInUse < MAX_LARGE_BUFFERS
  const buffers = areLarge ? ([large(), large()] as const) : ([small(), small()] as const)
  if (areLarge) largeInUse += 2
  return {
    buffers,
    [Symbol.dispose]() {
      if (!areLarge) return
      largeInUse -= 2
      idle.push(...buffers.slice(0, MAX_IDLE_BUFFERS - idle.length))
    },
  }
}

const large = () => idle.pop() ?? Buffer.allocUnsafeSlow(READ_BUFFER_BYTES)
const small = () => Buffer.allocUnsafeSlow(SMALL_BUFFER_BYTES)
