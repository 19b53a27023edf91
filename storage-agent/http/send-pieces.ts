// A large file to a client: the next piece is read while the socket takes this one. A client that
// leaves, or that takes nothing for a minute, ends it.
import type { Writable } from 'node:stream'
import type { ByteRange } from '../byte-range.ts'
import { readPieces } from '../disk/pieces.ts'
import type { OpenFile } from '../disk/read.ts'
import type { Flow } from '../flow.ts'

/** Whether the client took all of it. */
export async function sendPieces(
  client: Writable,
  file: OpenFile,
  { start, end }: ByteRange,
  /** Of a copy for another agent: background work, which is held to a pace. */
  flow?: Flow,
): Promise<boolean> {
  const gone = flow && whenClosed(client)
  for await (const piece of readPieces(file, start, end)) {
    const held = flow?.pass(piece.length, gone)
    if (held !== undefined) await held
    if (!(await taken(client, piece))) return false
  }
  return true
}

/** Who is held to a pace need not wait for a client that has left. */
function whenClosed(client: Writable): AbortSignal {
  const closed = new AbortController()
  client.once('close', () => closed.abort())
  return closed.signal
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
