// The keys that sign tickets and receipts: one per host and version, derived from the tracker's
// secret. They rest in no table, and one stolen host cannot forge for another. What an agent is
// given ahead of time can be signed with at any moment: neither a new version nor another secret
// has a URL refused.
import type { HostId } from '#shared/ids.ts'
import { deriveKey, encodeBase64Url, keyId, type SecretKey } from '#shared/mac.ts'
import type { VersionedKey } from '#shared/tickets.ts'
import type { WireKey } from '#shared/wire/agents.ts'

export interface HostKeys {
  /** What URLs of a host are signed with. */
  of(hostId: HostId, version: number): VersionedKey
  /** What a receipt may be signed with: the version before, this one, and the one to come. */
  valid(hostId: HostId, current: number, version: number): VersionedKey[]
  /** What an agent is given: the current key first, then the one to come and the one before. */
  forAgent(hostId: HostId, current: number): WireKey[]
}

/** A runtime's own HMAC under a key, where it is faster than ours. */
export type PrepareMac = (key: SecretKey) => (text: string) => string

export interface TrackerSecrets {
  trackerSecret: string
  /** Known to agents and good for receipts, but not signed with: the next one, or the last one. */
  alsoTrackerSecret?: string | undefined
}

const isNear = (current: number, version: number) => version > 0 && Math.abs(version - current) <= 1

/** Derived keys are kept; there are three per host and secret. */
export function hostKeys(
  { trackerSecret, alsoTrackerSecret }: TrackerSecrets,
  prepareMac?: PrepareMac,
): HostKeys {
  const derived = new Map<string, VersionedKey>()
  const derive = (secret: string, hostId: HostId, version: number): VersionedKey => {
    const purpose = `host ${hostId} ticket key ${version}`
    const name = secret === trackerSecret ? purpose : `also ${purpose}`
    const known = derived.get(name)
    if (known !== undefined) return known
    const key = deriveKey(secret, purpose)
    const made = { version, key, ...(prepareMac !== undefined && { mac: prepareMac(key) }) }
    derived.set(name, made)
    return made
  }
  const secrets = [trackerSecret, ...(alsoTrackerSecret === undefined ? [] : [alsoTrackerSecret])]
  return {
    of: (hostId, version) => derive(trackerSecret, hostId, version),
    valid: (hostId, current, version) =>
      isNear(current, version) ? secrets.map((each) => derive(each, hostId, version)) : [],
    forAgent: (hostId, current) =>
      secrets.flatMap((secret) =>
        [current, current + 1, current - 1]
          .filter((version) => version > 0)
          .map((version) => ({
            version,
            key: encodeBase64Url(derive(secret, hostId, version).key),
          })),
      ),
  }
}

/** Whether the agent that names these keys holds just the ones that it should. */
export const holdsKeys = (held: readonly string[], due: readonly WireKey[]): boolean =>
  held.length === due.length && due.every(({ key }) => held.includes(keyId(key)))
