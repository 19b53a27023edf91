/** POST search: lost files that a device may hold after all; and which of the last ones it does. */
import { hashSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { SearchRequest } from '#shared/wire/looks.ts'
import { bearer } from '../../auth/caller.ts'
import { first } from '../../db/db.ts'
import { nextSearch, takeFound } from '../../db/looks.ts'
import { readJson, type TrackerContext } from '../../request.ts'

/** A report that comes twice is passed over: the answer says where the search stands. */
export async function search(c: TrackerContext): Promise<Response> {
  const { db } = c.var.deps
  const credential = hashSecret(bearer(c.req.header('authorization')))
  const { deviceId, searched } = await readJson(c, SearchRequest)
  if (searched !== undefined) await db.all(takeFound(credential, { deviceId, ...searched }))
  const next = await first(db, nextSearch(credential, deviceId))
  if (next === undefined) throw new Problem('unauthorized')
  return c.json(next)
}
