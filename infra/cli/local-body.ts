// The bytes of a local file or of standard input, with the checksum that the node must come to.
import { createHash, type Hash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import type { PutBody } from '#shared/client/body.ts'

export interface LocalBody {
  body: PutBody
  /** Undefined for standard input. */
  bytes: number | undefined
  /** To be asked when the body was read to its end. */
  checksum: () => string
}

/** Smaller files are read at once, larger ones in chunks of this size. */
const CHUNK_BYTES = 1024 ** 2

export async function fileBody(path: string, bytes: number): Promise<LocalBody> {
  if (bytes <= CHUNK_BYTES) {
    const body = await readFile(path)
    const hash = createHash('sha256').update(body)
    return { body, bytes: body.length, checksum: () => checksumOf(hash) }
  }
  let hash = createHash('sha256')
  const body = () => {
    hash = createHash('sha256') // each try reads the file from its start
    return ReadableStream.from(hashed(chunksOf(path), hash))
  }
  return { body, bytes, checksum: () => checksumOf(hash) }
}

/** Can be sent again only while little was read: the SDK keeps a beginning. */
export function stdinBody(stdin: AsyncIterable<Uint8Array>): LocalBody {
  const hash = createHash('sha256')
  const body = ReadableStream.from(hashed(stdin, hash))
  return { body, bytes: undefined, checksum: () => checksumOf(hash) }
}

const checksumOf = (hash: Hash): string => `SHA-256:${hash.copy().digest('hex')}`

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash) {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

async function* chunksOf(path: string) {
  await using file = await open(path)
  for (;;) {
    // a chunk of its own each time: the last one may still be on its way out
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(CHUNK_BYTES) })
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}
