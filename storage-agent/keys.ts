// The host's keys for tickets and receipts: several are valid at a time, so that they can change.
import { hash } from 'node:crypto'
import { decodeBase64Url, keyId, macWith } from '#shared/mac.ts'
import type { VersionedKey } from '#shared/tickets.ts'
import type { WireKey } from '#shared/wire/agents.ts'

export interface KeyRing {
  all(): readonly VersionedKey[]
  /** As a sync reports them. */
  known(): { keyVersion: number; keyIds: string[] }
  replace(keys: readonly WireKey[]): void
}

export function keyRing(wireKeys: readonly WireKey[]): KeyRing {
  let keys: readonly VersionedKey[] = []
  let known = { keyVersion: 0, keyIds: [] as string[] }
  const replace = (next: readonly WireKey[]) => {
    keys = next.map(versionedKey)
    known = {
      keyVersion: Math.max(...next.map(({ version }) => version)),
      keyIds: next.map(({ key }) => keyId(key)),
    }
  }
  replace(wireKeys)
  return { all: () => keys, known: () => known, replace }
}

/** OpenSSL's, in one call each. */
const own = {
  bytes: (data: Uint8Array) => hash('sha256', data, 'buffer'),
  text: (data: Uint8Array) => hash('sha256', data, 'base64url'),
}

function versionedKey(wire: WireKey): VersionedKey {
  const key = decodeBase64Url(wire.key)
  return {
    version: wire.version,
    key,
    mac: macWith(key, own),
  }
}
