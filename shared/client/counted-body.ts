// A stream on its way to a node: counted, held to its announced size, and stopped when the node
// has answered. The watchdog rests while the stream, and not the node, is waited for.
import type { Watchdog } from './watchdog.ts'

/** Gets how much of this try was sent: a new try begins at 0 again. */
export type OnProgress = (bytesSent: number) => void

export interface CountedBody {
  body: ReadableStream<Uint8Array>
  /** What reading the stream threw, or that it has another length: no node would do better. */
  failure(): unknown
  /** Gives nothing more: fetch would send the rest even after the answer has come. */
  stop(): void
}

export function countedBody(
  stream: ReadableStream<Uint8Array>,
  dog: Watchdog,
  { bytes, onProgress }: { bytes: number | undefined; onProgress?: OnProgress | undefined },
): CountedBody {
  const source = stream.getReader()
  let failure: unknown
  let hasEnded = false
  let sent = 0

  const take = async (): Promise<Uint8Array | undefined> => {
    const { value } = await source.read()
    sent += value?.byteLength ?? 0
    const isLast = value === undefined
    const fits = bytes === undefined || (isLast ? sent === bytes : sent <= bytes)
    if (!fits) throw new RangeError(`The body gave ${sent} bytes; ${bytes} were announced`)
    return value
  }
  const cancel = async (reason?: unknown): Promise<void> => {
    hasEnded = true
    await source.cancel(reason)
  }
  const stop = () => void cancel().catch(() => undefined) // it failed before, and has told so
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    dog.rest()
    try {
      const chunk = await take()
      if (hasEnded) throw new Error('the node has answered already')
      dog.begin()
      if (chunk === undefined) return controller.close()
      controller.enqueue(chunk)
      onProgress?.(sent)
    } catch (error) {
      if (!hasEnded) failure = error // a source that was cancelled looks as if it were too short
      throw error
    }
  }
  const body = new ReadableStream<Uint8Array>({ pull, cancel }) // reads one chunk ahead
  return { body, failure: () => failure, stop }
}
