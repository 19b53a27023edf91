/** POST compare: what should lie on a device, where its catalogue says something else. */
import { hashSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { CompareRequest } from '#shared/wire/catalogue.ts'
import { bearer } from '../../auth/caller.ts'
import { compareLeaves } from '../../db/catalogue.ts'
import { first } from '../../db/db.ts'
import { readJson, type TrackerContext } from '../../request.ts'

export async function compare(c: TrackerContext): Promise<Response> {
  const credential = hashSecret(bearer(c.req.header('authorization')))
  const ask = await readJson(c, CompareRequest)
  const answer = await first(c.var.deps.db, compareLeaves(credential, ask))
  if (answer === undefined) throw new Problem('unauthorized')
  return c.json(answer)
}
