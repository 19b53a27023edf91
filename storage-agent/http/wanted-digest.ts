// Digests of a file in answers (RFC 9530): that which the tracker signed into the ticket; or, where
// a HEAD asks for one, of what lies on the disk, for closes that bring no receipt.
import type { IncomingHttpHeaders } from 'node:http'
import { algorithmOf, digestOfChecksum } from '#shared/digests.ts'
import { type Checksum, ChecksumKind, kindOfChecksum } from '#shared/ids.ts'
import { checksumOfFile } from '../disk/checksum.ts'
import type { FoundFile } from '../disk/read.ts'
import type { FileRequest } from './file-answer.ts'

/** The first kind that a `Want-Repr-Digest` asks for, the strongest before others. */
export function kindWanted(headers: IncomingHttpHeaders): ChecksumKind | undefined {
  const field = headers['want-repr-digest']
  if (field === undefined) return undefined
  return ChecksumKind.options.find((kind) => {
    const algorithm = algorithmOf(kind)
    const wish = new RegExp(`(?:^|[ ,])${algorithm}=(?:[1-9]|10)(?:$|[ ,;])`)
    return algorithm !== undefined && wish.test(String(field))
  })
}

/** As a header: name and value. */
export const digestOf = async (found: FoundFile, kind: ChecksumKind): Promise<string[]> => [
  'repr-digest',
  digestOfChecksum(await checksumOfFile(found, kind)) ?? '',
]

/** A HEAD that is told what was read, whatever was signed. */
export const isToBeRead = ({ method, headers }: FileRequest): boolean =>
  method === 'HEAD' && kindWanted(headers) !== undefined

/** As a header. */
export function digestSigned(checksum: Checksum): string[] {
  const binary = Buffer.from(checksum.slice(checksum.indexOf(':') + 1), 'hex')
  const field = `${algorithmOf(kindOfChecksum(checksum))}=:${binary.toString('base64')}:`
  return ['repr-digest', field]
}
