// The bytes of a local file or of standard input, with the checksum that the node must come to.
import { open, readFile } from 'node:fs/promises'
import type { PutBody } from '#shared/client/body.ts'
import type { RangedBody } from '#shared/client/ranged-body.ts'
import type { ChecksumKind } from '#shared/ids.ts'
import { type Checksumming, checksumming } from './checksumming.ts'

export interface LocalBody {
  body: PutBody
  /** Undefined for standard input. */
  bytes: number | undefined
  /** Which kind is to be computed; to be said before the body is read. */
  expect: (kind: ChecksumKind) => void
  /** To be asked when the body was read to its end. Undefined: of this kind there is none. */
  checksum: () => string | undefined
}

/** Smaller files are read at once, larger ones in chunks of this size. */
const CHUNK_BYTES = 1024 ** 2

export async function fileBody(path: string, bytes: number): Promise<LocalBody> {
  if (bytes > CHUNK_BYTES) {
    const sum = currentSum()
    // each try reads the file from its start
    const body = () => ReadableStream.from(summed(chunksOf(path), sum.begin()))
    return { body, bytes, expect: sum.expect, checksum: sum.finish }
  }
  const body = await readFile(path)
  const sum = currentSum()
  const checksum = () => {
    sum.begin().update(body)
    return sum.finish()
  }
  return { body, bytes: body.length, expect: sum.expect, checksum }
}

/** Can be sent again only while little was read: the SDK keeps a beginning. */
export function stdinBody(stdin: AsyncIterable<Uint8Array>): LocalBody {
  const sum = currentSum()
  async function* read() {
    yield* summed(stdin, sum.begin())
  }
  return {
    body: ReadableStream.from(read()),
    bytes: undefined,
    expect: sum.expect,
    checksum: sum.finish,
  }
}

/** The checksum of the last reading, of the kind that was expected when it began. */
function currentSum() {
  let kind: ChecksumKind = 'SHA-256'
  let current: Checksumming | undefined
  return {
    expect: (expected: ChecksumKind): void => {
      kind = expected
    },
    begin: (): Checksumming => {
      current = checksumming(kind)
      return current
    },
    finish: (): string | undefined => current?.finish(),
  }
}

async function* summed(chunks: AsyncIterable<Uint8Array>, sum: Checksumming) {
  for await (const chunk of chunks) {
    sum.update(chunk)
    yield chunk
  }
}

async function* chunksOf(path: string, start = 0) {
  await using file = await open(path)
  for (let position = start; ; ) {
    // a chunk of its own each time: the last one may still be on its way out
    const { bytesRead, buffer } = await file.read({
      buffer: Buffer.allocUnsafe(CHUNK_BYTES),
      position,
    })
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

export interface RangedFile {
  body: RangedBody
  expect: (kind: ChecksumKind) => void
  /** Of the whole file, whatever of it was sent. */
  checksum: () => Promise<string | undefined>
}

/** A file that is sent from any byte on; each of its bytes is summed once, in order. */
export function rangedFile(path: string, bytes: number): RangedFile {
  let kind: ChecksumKind | undefined
  let sum = checksumming('none')
  let summedTo = 0

  async function* from(offset: number) {
    let at = Math.min(offset, summedTo) // what arrived before is read for the checksum alone
    for await (const chunk of chunksOf(path, at)) {
      const end = at + chunk.length
      if (end > summedTo) {
        sum.update(chunk.subarray(summedTo - at))
        summedTo = end
      }
      if (end > offset) yield chunk.subarray(Math.max(0, offset - at))
      at = end
    }
  }
  return {
    body: { bytes, from: (offset) => ReadableStream.from(from(offset)) },
    expect(expected) {
      if (kind === expected) return
      kind = expected
      sum = checksumming(expected)
      summedTo = 0
    },
    async checksum() {
      for await (const _ of from(bytes)); // what was not read yet
      return sum.finish()
    },
  }
}
