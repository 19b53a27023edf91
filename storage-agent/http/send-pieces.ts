// A large file to a client: the next piece is read while the socket takes this one. A client that
// leaves, or that takes nothing for a minute, ends it.
import type { ServerResponse } from 'node:http'
import { readPieces } from '../disk/pieces.ts'
import type { OpenFile } from '../disk/read.ts'

export async function sendPieces(
  response: ServerResponse,
  file: OpenFile,
  start: number,
  end: number,
): Promise<void> {
  for await (const piece of readPieces(file, start, end))
    if (!(await taken(response, piece))) return
  response.end()
}

/** Resolves when the kernel has the bytes, which our buffer need not hold any longer. */
function taken(response: ServerResponse, piece: Buffer): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const gone = () => resolve(false)
  response.once('close', gone)
  response.write(piece, (error) => {
    response.off('close', gone)
    resolve(error === null || error === undefined)
  })
  return response.destroyed ? Promise.resolve(false) : promise
}
