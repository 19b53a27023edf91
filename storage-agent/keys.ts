// The host's keys for tickets and receipts: several are valid at a time, so that they can change.
import { createHmac, createSecretKey } from 'node:crypto'
import { decodeBase64Url, keyId } from '#shared/mac.ts'
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

/** OpenSSL's HMAC, prepared: 7 us of a request, where shared/mac.ts takes 19 (2026-11). */
function versionedKey(wire: WireKey): VersionedKey {
  const key = decodeBase64Url(wire.key)
  const prepared = createSecretKey(key)
  return {
    version: wire.version,
    key,
    mac: (text) => createHmac('sha256', prepared).update(text).digest('base64url'),
  }
}
