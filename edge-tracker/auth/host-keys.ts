// The keys that sign tickets and receipts: one per host and version, derived from the tracker's
// secret. They rest in no table, and one stolen host cannot forge for another.
import type { HostId } from '#shared/ids.ts'
import { deriveKey, encodeBase64Url, type SecretKey } from '#shared/mac.ts'
import type { VersionedKey } from '#shared/tickets.ts'
import type { WireKey } from '#shared/wire/agents.ts'

export interface HostKeys {
  of(hostId: HostId, version: number): VersionedKey
  /** What an agent is given: the current key and the one before, newest first. */
  forAgent(hostId: HostId, version: number): WireKey[]
}

/** A runtime's own HMAC under a key, where it is faster than ours. */
export type PrepareMac = (key: SecretKey) => (text: string) => string

/** Derived keys are kept; there are two per host. */
export function hostKeys(trackerSecret: string, prepareMac?: PrepareMac): HostKeys {
  const derived = new Map<string, VersionedKey>()
  const of = (hostId: HostId, version: number): VersionedKey => {
    const purpose = `host ${hostId} ticket key ${version}`
    const known = derived.get(purpose)
    if (known !== undefined) return known
    const key = deriveKey(trackerSecret, purpose)
    const made = { version, key, ...(prepareMac !== undefined && { mac: prepareMac(key) }) }
    derived.set(purpose, made)
    return made
  }
  return {
    of,
    forAgent: (hostId, version) =>
      [version, version - 1]
        .filter((each) => each > 0)
        .map((each) => ({ version: each, key: encodeBase64Url(of(hostId, each).key) })),
  }
}

/** A receipt may be signed with the current key or the one before. */
export const isCurrentVersion = (current: number, version: number) =>
  version === current || (version === current - 1 && version > 0)
