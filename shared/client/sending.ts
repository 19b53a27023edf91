// One body on its way to one node, in the form that this runtime can send.
import type { Clock } from '../clock.ts'
import { type Sendable, sizeOf } from './body.ts'
import { type CountedBody, countedBody, type OnProgress } from './counted-body.ts'
import type { FetchInit } from './exchange.ts'
import { NODE_STALL_MS, SLOWEST_BYTES_PER_MS } from './limits.ts'
import { type Watchdog, watchdog } from './watchdog.ts'

export interface SendingOptions {
  clock: Clock
  /** The size of a stream, where it is known. */
  bytes: number | undefined
  onProgress?: OnProgress | undefined
  signal?: AbortSignal | undefined
}

export interface Sending extends Pick<CountedBody, 'failure' | 'stop'> {
  init: FetchInit
  dog: Watchdog
}

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
  return { init: { method: 'PUT', body }, dog, failure: () => undefined, stop: () => undefined }
}

function sendingStream(stream: ReadableStream<Uint8Array>, options: SendingOptions): Sending {
  const { clock, bytes, signal } = options
  const dog = watchdog(NODE_STALL_MS, clock, signal)
  const { body, ...counted } = countedBody(stream, dog, options)
  const init: FetchInit = { method: 'PUT', body, duplex: 'half' }
  // workerd leaves it out and sends chunks; everywhere else the node learns the size beforehand
  if (bytes !== undefined) init.headers = { 'content-length': String(bytes) }
  return { init, dog, ...counted }
}
