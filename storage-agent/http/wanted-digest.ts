// The checksum that a HEAD is asked to tell of what lies on the disk (RFC 9530), for closes that
// bring no receipt.
import type { IncomingHttpHeaders } from 'node:http'
import { algorithmOf, digestOfChecksum } from '#shared/digests.ts'
import { ChecksumKind } from '#shared/ids.ts'
import { checksumOfFile } from '../disk/checksum.ts'
import type { FoundFile } from '../disk/read.ts'

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
