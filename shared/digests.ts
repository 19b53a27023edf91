// Checksums as HTTP carries them: `Repr-Digest: sha-256=:base64:` (RFC 9530).
import { Checksum } from './ids.ts'

const field = /(?:^|[ ,])sha-256=:([A-Za-z0-9+/]{43}=):/

/** The SHA-256 of a digest header, or undefined when it has none. */
export function checksumOfDigest(header: string | null | undefined): Checksum | undefined {
  const base64 = field.exec(header ?? '')?.[1]
  if (base64 === undefined) return undefined
  const hex = Array.from(atob(base64), (c) => c.charCodeAt(0).toString(16).padStart(2, '0'))
  return Checksum.parse(`SHA-256:${hex.join('')}`)
}

export function digestOfChecksum(checksum: Checksum): string {
  const hex = checksum.slice('SHA-256:'.length)
  const bytes = hex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? []
  return `sha-256=:${btoa(String.fromCharCode(...bytes))}:`
}
