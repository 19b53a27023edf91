// Waiting for a slow client without a listener left behind for each pause.
import type { Writable } from 'node:stream'

/** The client has taken what was written, or has left. */
export async function drained(client: Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  client.once('drain', resolve).once('close', resolve)
  await promise
  client.off('drain', resolve).off('close', resolve)
}
