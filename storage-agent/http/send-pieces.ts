// A large file to a client: the next piece is read while the socket takes this one. A client that
// leaves, or that takes nothing for a minute, ends it.
import type { Writable } from 'node:stream'
import { readPieces } from '../disk/pieces.ts'
import type { OpenFile } from '../disk/read.ts'
import type { ByteRange } from './byte-range.ts'

/** Whether the client took all of it. */
export async function sendPieces(
  client: Writable,
  file: OpenFile,
  { start, end }: ByteRange,
): Promise<boolean> {
  for await (const piece of readPieces(file, start, end))
    if (!(await taken(client, piece))) return false
  return true
}

/** Resolves when the kernel has the bytes, which our buffer need not hold any longer. */
function taken(client: Writable, piece: Buffer): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const gone = () => resolve(false)
  client.once('close', gone)
  client.write(piece, (error) => {
    client.off('close', gone)
    resolve(error === null || error === undefined)
  })
  return client.destroyed ? Promise.resolve(false) : promise
}
