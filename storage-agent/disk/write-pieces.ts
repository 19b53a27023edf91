// The memory of all bodies on their way to disks: pieces that are used again and again, and never
// more of them. Chunks as Node gives them would each be garbage that V8 marks its whole heap for.
import { WRITE_BATCH_BYTES, WRITE_PIECE_BYTES, WRITE_POOL_BYTES } from '../limits.ts'

const free: Buffer[] = []
let madeBytes = 0

/** What bodies hold now; never above WRITE_POOL_BYTES. */
export const heldBytes = (): number => madeBytes - free.length * WRITE_PIECE_BYTES

/** Undefined where all are held. Nobody waits for one: who holds it may be waiting for a client. */
export function takePiece(): Buffer | undefined {
  if (free.length === 0 && madeBytes < WRITE_POOL_BYTES) makePieces()
  return free.pop()
}

/** Nothing may use them any more, a write that has not ended least of all. */
export const givePieces = (pieces: readonly Buffer[]): void => {
  free.push(...pieces)
}

function makePieces(): void {
  const slab = Buffer.allocUnsafeSlow(WRITE_BATCH_BYTES)
  for (let at = 0; at < slab.length; at += WRITE_PIECE_BYTES)
    free.push(slab.subarray(at, at + WRITE_PIECE_BYTES))
  madeBytes += slab.length
}
