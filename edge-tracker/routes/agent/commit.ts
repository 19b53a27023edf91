/** POST commit: an agent closes the one-step put whose bytes it has just made durable. */
import { hashSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { CommitRequest } from '#shared/wire/agents.ts'
import { bearer } from '../../auth/caller.ts'
import { first } from '../../db/db.ts'
import { hostOfAgent } from '../../db/hosts.ts'
import { readJson, type TrackerContext } from '../../request.ts'
import { checkReceipt, closeAt } from '../closing.ts'

export async function commit(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const credential = hashSecret(bearer(c.req.header('authorization')))
  const { fid, deviceId, receipt } = await readJson(c, CommitRequest)
  const host = await first(deps.db, hostOfAgent(credential, deviceId))
  if (host === undefined) throw new Problem('unauthorized')

  const stored = checkReceipt(deps, { ...host, deviceId }, fid, receipt)
  return c.json((await closeAt(deps, null, { stored })).closed)
}
