// The body of a PUT. A client that leaves in its middle, or sends nothing for a minute, has sent
// nothing: `body_cut_off`, whatever the stream calls it.
import type { IncomingMessage } from 'node:http'
import { Problem } from '#shared/problems.ts'

/**
 * The announced length, or undefined for a chunked body. A request that says neither has none (RFC
 * 9112 section 6.3): so Perl's LWP sends an empty one.
 */
export function announcedBytes({ headers }: IncomingMessage): number | undefined {
  const text = headers['content-length']
  if (text !== undefined) return Number(text)
  return headers['transfer-encoding'] === undefined ? 0 : undefined
}

/** All of a body that was announced to be small: events are half the cost of an iterator. */
export function readWhole(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.once('end', () => {
    const [only] = chunks
    resolve(only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks))
  })
  request.once('error', (error) => reject(new Problem('body_cut_off', {}, { cause: error })))
  return promise
}

/** A body of any length. A refusal in its middle must still be able to answer: it stays open. */
export async function* readChunks(request: IncomingMessage): AsyncGenerator<Buffer, void, void> {
  try {
    const chunks: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
    for await (const chunk of chunks) yield chunk
  } catch (error) {
    throw request.complete ? error : new Problem('body_cut_off', {}, { cause: error })
  }
  request.socket.setTimeout(0) // from here on it is we who are slow: fsync of many gigabytes
}
