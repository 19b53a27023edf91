// Who is asking: API keys by their hash, remembered for CALLER_TTL_MS so that a check costs no
// round trip. A revoked key is refused everywhere within that time.
import type { Clock } from '#shared/clock.ts'
import { MAX_CACHED_CALLERS } from '#shared/limits.ts'
import { hashSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import type { Scope } from '#shared/wire/admin.ts'
import { type Caller, callerOfKey, callerOfPublicKey } from '../db/api-keys.ts'
import { type Db, first } from '../db/db.ts'
import type { Statement } from '../db/statement.ts'

export const CALLER_TTL_MS = 3_000

export interface CallerCache {
  /** The caller behind a key, or undefined. */
  find(key: string): Promise<Caller | undefined>
  /** Who signs links with this key's other half, or undefined. */
  findByPublicKey(publicKey: string): Promise<Caller | undefined>
}

export function callerCache({ db, clock }: { db: Db; clock: Clock }): CallerCache {
  const remembering = (ask: (name: string) => Statement<Caller>) => {
    const known = new Map<string, { caller: Caller | undefined; untilMs: number }>()
    return async (name: string) => {
      const now = clock.nowMs()
      const hit = known.get(name)
      if (hit !== undefined && hit.untilMs > now) return hit.caller

      const caller = await first(db, ask(name))
      if (known.size >= MAX_CACHED_CALLERS) known.clear()
      known.set(name, { caller, untilMs: now + CALLER_TTL_MS })
      return caller
    }
  }
  return {
    find: remembering((key) => callerOfKey(hashSecret(key))),
    findByPublicKey: remembering(callerOfPublicKey),
  }
}

/** The key of an Authorization header. */
export function bearer(header: string | undefined): string {
  const key = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
  if (key === undefined) throw new Problem('unauthorized')
  return key
}

/** The caller, who may do that, there. Refuses otherwise. */
export function demand(caller: Caller | undefined, scope: Scope, domain?: string): Caller {
  if (caller === undefined) throw new Problem('unauthorized')
  const admin = caller.scopes.includes('admin')
  if (!admin && !caller.scopes.includes(scope)) throw new Problem('forbidden', { scope })
  if (caller.domain !== null && caller.domain !== domain)
    throw new Problem('forbidden', { domain: domain ?? null })
  return caller
}
