// A stretch of an open file as pieces of up to 512 KiB, one read ahead of the consumer: 2.5 GB/s
// and more over HTTP, against 1.7 with streams of 1 MiB (DESIGN section 7).
import { takeBuffers } from './buffers.ts'
import type { OpenFile } from './read.ts'

/** From `start` up to, not including, `end`. A piece is good until the next one is asked for. */
export async function* readPieces(
  file: OpenFile,
  start: number,
  end: number,
): AsyncGenerator<Buffer, void, void> {
  using pair = takeBuffers()
  const [first, second] = pair.buffers
  let position = start
  const readInto = (buffer: Buffer) =>
    file.read(buffer.subarray(0, Math.min(buffer.length, end - position)), position)

  let reading = readInto(first)
  try {
    for (let next = second; position < end; next = next === first ? second : first) {
      const piece = await reading
      if (piece.length === 0) throw new Error(`the file ended at ${position} of ${end} bytes`)
      position += piece.length
      reading = readInto(next)
      yield piece
    }
  } finally {
    await Promise.allSettled([reading]) // or it would fill a buffer that is somebody else's by then
  }
}
