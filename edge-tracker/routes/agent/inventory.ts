/** POST inventory: what lies on a device, range by range; what nothing names is to be erased. */
import { hashSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { InventoryRequest } from '#shared/wire/agents.ts'
import { bearer } from '../../auth/caller.ts'
import { first } from '../../db/db.ts'
import { sweepInventory } from '../../db/devices.ts'
import { hostOfAgent } from '../../db/hosts.ts'
import type { Deps } from '../../deps.ts'
import { readJson, type TrackerContext } from '../../request.ts'

export async function inventory(c: TrackerContext): Promise<Response> {
  const credential = hashSecret(bearer(c.req.header('authorization')))
  const range = await readJson(c, InventoryRequest)
  const swept = await first(c.var.deps.db, sweepInventory(credential, range))
  if (swept === undefined) throw await whyNot(c.var.deps, credential, range)
  return c.json(swept)
}

async function whyNot(
  { db }: Deps,
  credential: string,
  { deviceId, fromFid, toFid }: InventoryRequest,
): Promise<Problem> {
  const host = await first(db, hostOfAgent(credential, deviceId))
  return host === undefined
    ? new Problem('unauthorized')
    : new Problem('invalid_request', { problem: 'not the next settled range', fromFid, toFid })
}
