// One body on its way to one node: counted, and watched for whose turn it is.
import type { Clock } from '../clock.ts'
import { type Sendable, sizeOf } from './body.ts'
import type { FetchInit } from './exchange.ts'
import { NODE_STALL_MS, SLOWEST_BYTES_PER_MS } from './limits.ts'
import { type Watchdog, watchdog } from './watchdog.ts'

/** Gets how much of this try was sent: a new try begins at 0 again. */
export type OnProgress = (bytesSent: number) => void

export interface SendingOptions {
  clock: Clock
  /** The size of a stream, where it is known. */
  bytes: number | undefined
  onProgress?: OnProgress | undefined
  signal?: AbortSignal | undefined
}

export interface Sending {
  init: FetchInit
  dog: Watchdog
  /** What reading the body threw: no other node would do better. */
  failure(): unknown
}

type Controller = ReadableStreamDefaultController<Uint8Array>

/**
 * Browsers cannot send a stream, or do it over HTTP/2 alone, which nodes do not speak; some would
 * send the text `[object ReadableStream]`.
 */
const isBrowser = 'navigator' in globalThis && navigator.userAgent.startsWith('Mozilla/')

export async function sending(body: Sendable, options: SendingOptions): Promise<Sending> {
  if (isBrowser)
    return sendingWhole(body instanceof ReadableStream ? await collect(body) : body, options)
  if (body instanceof ReadableStream) return sendingStream(body, options)
  if (options.onProgress === undefined) return sendingWhole(body, options)

  const blob = body instanceof Blob ? body : new Blob([body])
  return sendingStream(blob.stream(), { ...options, bytes: blob.size })
}

const collect = (stream: ReadableStream<Uint8Array>): Promise<Blob> => new Response(stream).blob()

function sendingWhole(body: Blob | Uint8Array<ArrayBuffer>, options: SendingOptions): Sending {
  const patienceMs = NODE_STALL_MS + sizeOf(body) / SLOWEST_BYTES_PER_MS
  const dog = watchdog(patienceMs, options.clock, options.signal)
  return { init: { method: 'PUT', body }, dog, failure: () => undefined }
}

function sendingStream(
  stream: ReadableStream<Uint8Array>,
  { clock, bytes, onProgress, signal }: SendingOptions,
): Sending {
  const dog = watchdog(NODE_STALL_MS, clock, signal)
  const source = stream.getReader()
  let failure: unknown
  let isCancelled = false
  let sent = 0

  const take = async (): Promise<Uint8Array | undefined> => {
    const { value } = await source.read()
    if (isCancelled) return undefined
    sent += value?.byteLength ?? 0
    const fits = value === undefined ? sent === (bytes ?? sent) : sent <= (bytes ?? sent)
    if (!fits) throw new RangeError(`The body gave ${sent} bytes; ${bytes} were announced`)
    return value
  }
  const pull = async (controller: Controller) => {
    dog.rest()
    const chunk = await take().catch((error: unknown) => {
      failure = error
      throw error
    })
    if (isCancelled) return
    dog.begin()
    if (chunk === undefined) return controller.close()
    controller.enqueue(chunk)
    onProgress?.(sent)
  }
  const cancel = (reason: unknown) => {
    isCancelled = true
    return source.cancel(reason)
  }

  const body = new ReadableStream<Uint8Array>({ pull, cancel }) // reads one chunk ahead
  // workerd leaves it out and sends chunks; everywhere else the node learns the size beforehand
  const headers = { ...(bytes !== undefined && { 'content-length': String(bytes) }) }
  return {
    init: { method: 'PUT', body, headers, duplex: 'half' },
    dog,
    failure: () => failure,
  }
}
