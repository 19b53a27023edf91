/** POST changed: which of the files on a host were renamed, described anew or deleted lately. */
import { hashSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { ChangedRequest } from '#shared/wire/catalogue.ts'
import { bearer } from '../../auth/caller.ts'
import { changedPlaces } from '../../db/catalogue.ts'
import { first } from '../../db/db.ts'
import { readJson, type TrackerContext } from '../../request.ts'

export async function changed(c: TrackerContext): Promise<Response> {
  const credential = hashSecret(bearer(c.req.header('authorization')))
  const ask = await readJson(c, ChangedRequest)
  const answer = await first(c.var.deps.db, changedPlaces(credential, ask))
  if (answer === undefined) throw new Problem('unauthorized')
  return c.json(answer)
}
