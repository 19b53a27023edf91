// The SHA-256 of a file as it lies on the disk, and of bytes in memory.
import { createHash, hash } from 'node:crypto'
import { Checksum } from '#shared/ids.ts'
import { readPieces } from './pieces.ts'
import type { FoundFile } from './read.ts'

export const checksumOfHex = (hex: string): Checksum => Checksum.parse(`SHA-256:${hex}`)

export async function checksumOfFile({ bytes, whole, open }: FoundFile): Promise<Checksum> {
  if (open === undefined) return checksumOfHex(hash('sha256', whole ?? '', 'hex'))
  const sum = createHash('sha256')
  for await (const piece of readPieces(open, 0, bytes)) sum.update(piece)
  return checksumOfHex(sum.digest('hex'))
}
