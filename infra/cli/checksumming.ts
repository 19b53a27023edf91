// The checksum of bytes that pass by, of whatever kind their class asks for.
import { createHash } from 'node:crypto'
import type { ChecksumKind } from '#shared/ids.ts'

const algorithms = { 'SHA-256': 'sha256', 'SHA-1': 'sha1', MD5: 'md5' } as const

export interface Checksumming {
  update: (bytes: Uint8Array) => void
  /** `KIND:hex`, of the bytes so far; undefined for `none`. */
  finish: () => string | undefined
}

export function checksumming(kind: ChecksumKind): Checksumming {
  if (kind === 'none') return { update: () => undefined, finish: () => undefined }
  const hash = createHash(algorithms[kind])
  return {
    update: (bytes) => void hash.update(bytes),
    finish: () => `${kind}:${hash.copy().digest('hex')}`,
  }
}
