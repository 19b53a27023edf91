// A large file from several nodes at once: segments on their way side by side, given on in order,
// so that one checksum over all of them is made on the way. A bound on the segments in memory holds
// for all copies together; a faster node is asked for more of them.
import { MAX_SEGMENTS, SEGMENT_BYTES, WRITE_BATCH_BYTES } from '../../limits.ts'
import { type Pulling, readStretch } from './read-stretch.ts'

let inUse = 0

export interface SegmentRoom extends Disposable {
  segments: number
}

/** Room for so many segments, or fewer. */
export function takeSegments(wanted: number): SegmentRoom {
  const segments = Math.max(Math.min(wanted, MAX_SEGMENTS - inUse), 0)
  inUse += segments
  return {
    segments,
    [Symbol.dispose]() {
      inUse -= segments
    },
  }
}

/** At most `segments` of them are in memory. Throws as `readStretch` does. */
export async function* readSplit(
  segments: number,
  of: Pulling,
): AsyncGenerator<Uint8Array, void, void> {
  const leaving = new AbortController()
  const signal = AbortSignal.any([of.signal, leaving.signal])
  const ahead: Promise<Buffer>[] = []
  let start = 0
  const askAhead = (): void => {
    while (start < of.bytes && ahead.length < segments) {
      const end = Math.min(start + SEGMENT_BYTES, of.bytes)
      const segment = collect(start, end, { ...of, signal })
      segment.catch(ignore) // who takes it in its turn will hear of it
      ahead.push(segment)
      start = end
    }
  }
  try {
    for (askAhead(); ahead.length > 0; askAhead()) {
      yield* batchesOf(await ahead[0])
      void ahead.shift() // not before: it takes up room until it was written
    }
  } finally {
    leaving.abort()
    await Promise.allSettled(ahead)
  }
}

const ignore = () => undefined

function* batchesOf(segment: Uint8Array = new Uint8Array()): Generator<Uint8Array, void, void> {
  for (let at = 0; at < segment.length; at += WRITE_BATCH_BYTES)
    yield segment.subarray(at, at + WRITE_BATCH_BYTES)
}

async function collect(start: number, end: number, of: Pulling): Promise<Buffer> {
  const segment = Buffer.allocUnsafeSlow(end - start)
  let received = 0
  for await (const chunk of readStretch(start, end, of)) {
    segment.set(chunk, received)
    received += chunk.length
  }
  return segment
}
