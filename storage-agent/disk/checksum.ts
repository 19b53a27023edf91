// Checksums of a file as it lies on the disk, of bytes in memory, and of bytes as they come.
import { createHash, hash } from 'node:crypto'
import { Checksum, type ChecksumKind } from '#shared/ids.ts'
import { readPieces } from './pieces.ts'
import type { FoundFile } from './read.ts'

type Hashed = Exclude<ChecksumKind, 'none'>

/** What OpenSSL calls them. */
const algorithms = { 'SHA-256': 'sha256', 'SHA-1': 'sha1', MD5: 'md5' } as const

const NONE = Checksum.parse('none')

export const checksumOfHex = (kind: Hashed, hex: string): Checksum =>
  Checksum.parse(`${kind}:${hex}`)

export const checksumOfBytes = (bytes: Uint8Array, kind: ChecksumKind): Checksum =>
  kind === 'none' ? NONE : checksumOfHex(kind, hash(algorithms[kind], bytes, 'hex'))

/** Takes bytes as they come. */
export function checksumming(kind: ChecksumKind) {
  if (kind === 'none') return { update: () => undefined, finish: () => NONE }
  const sum = createHash(algorithms[kind])
  return {
    update(bytes: Uint8Array) {
      sum.update(bytes)
    },
    finish: () => checksumOfHex(kind, sum.digest('hex')),
  }
}

export async function checksumOfFile(
  { bytes, whole, open }: FoundFile,
  kind: ChecksumKind,
): Promise<Checksum> {
  if (open === undefined) return checksumOfBytes(whole ?? new Uint8Array(), kind)
  if (kind === 'none') return NONE
  const sum = checksumming(kind)
  for await (const piece of readPieces(open, 0, bytes)) sum.update(piece)
  return sum.finish()
}
