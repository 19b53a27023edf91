// Checksums as HTTP carries them: `Repr-Digest: sha-256=:base64:` (RFC 9530).
import { Checksum, type ChecksumKind } from './ids.ts'

/** Each kind's name in the registry of HTTP, the strongest first. */
const algorithms = [
  ['SHA-256', 'sha-256', 32],
  ['SHA-1', 'sha', 20],
  ['MD5', 'md5', 16],
] as const

/** What HTTP calls a kind; undefined for none. */
export const algorithmOf = (kind: ChecksumKind): string | undefined =>
  algorithms.find(([known]) => known === kind)?.[1]

const field = /(?:^|[ ,])([a-z0-9-]+)=:([A-Za-z0-9+/]+={0,2}):/g

/** The checksum of a digest header: of this kind, or else the strongest. Undefined: it has none. */
export function checksumOfDigest(
  header: string | null | undefined,
  wanted?: ChecksumKind,
): Checksum | undefined {
  const told = new Map([...(header ?? '').matchAll(field)].map(([, name, text]) => [name, text]))
  for (const [kind, algorithm, bytes] of algorithms) {
    const binary = decodeBase64(told.get(algorithm))
    if ((wanted ?? kind) !== kind || binary?.length !== bytes) continue
    const hex = Array.from(binary, (c) => c.charCodeAt(0).toString(16).padStart(2, '0'))
    return Checksum.parse(`${kind}:${hex.join('')}`)
  }
  return undefined
}

/** Undefined for `none`. */
export function digestOfChecksum(checksum: Checksum): string | undefined {
  const [kind, hex = ''] = checksum.split(':')
  const algorithm = algorithms.find(([known]) => known === kind)?.[1]
  if (algorithm === undefined) return undefined
  const bytes = hex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? []
  return `${algorithm}=:${btoa(String.fromCharCode(...bytes))}:`
}

function decodeBase64(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : atob(text)
  } catch {
    return undefined // a length that no bytes have
  }
}
