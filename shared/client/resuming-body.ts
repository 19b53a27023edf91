// A body that outlives the node that it came from.
import type { OpenCopy } from './open-copy.ts'
import { Unreachable } from './unreachable.ts'

/**
 * `resume` opens another copy at the byte after those that were delivered, or throws: then the
 * reader learns of it. Nothing runs, and nobody is waited for, while the reader does not read.
 */
export function resumingBody(
  first: OpenCopy,
  length: number,
  resume: (delivered: number, failure: Error) => Promise<OpenCopy>,
): ReadableStream<Uint8Array> {
  let source = readerOf(first)
  let delivered = 0

  const read = async (): Promise<Uint8Array | undefined> => {
    for (;;) {
      const chunk = await source.read(length - delivered)
      if (!(chunk instanceof Unreachable)) return chunk
      source = readerOf(await resume(delivered, chunk))
    }
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await read()
        if (chunk === undefined) return controller.close()
        delivered += chunk.byteLength
        controller.enqueue(chunk)
      },
      cancel: (reason) => source.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** The body of one copy; waiting for it has a limit. */
function readerOf({ response, dog, copy }: OpenCopy) {
  const reader = response.body?.getReader()

  /** A chunk, the end, or why there is none. */
  const read = async (missing: number): Promise<Uint8Array | Unreachable | undefined> => {
    dog.begin()
    try {
      const chunk = (await reader?.read())?.value
      if (chunk === undefined && missing > 0) throw new Error(`${missing} bytes are missing`)
      return chunk
    } catch (error) {
      return new Unreachable(copy.url, error)
    } finally {
      dog.rest()
    }
  }
  return { read, cancel: (reason: unknown) => reader?.cancel(reason) }
}
