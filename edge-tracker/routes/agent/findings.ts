/** POST findings: what was not as it should be in a stretch of a device. Each counts once. */
import { hashSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { FindingsRequest } from '#shared/wire/looks.ts'
import { bearer } from '../../auth/caller.ts'
import { first } from '../../db/db.ts'
import { hostOfAgent } from '../../db/hosts.ts'
import { takeFindings, takeSums } from '../../db/looks.ts'
import { readJson, type TrackerContext } from '../../request.ts'

export async function findings(c: TrackerContext): Promise<Response> {
  const { db } = c.var.deps
  const credential = hashSecret(bearer(c.req.header('authorization')))
  const report = await readJson(c, FindingsRequest)
  if (report.sums !== undefined) await db.all(takeSums(credential, report))
  const taken = await first(db, takeFindings(credential, report))
  if (taken !== undefined) return c.json(taken)

  const { deviceId, fsckId, fromFid, toFid } = report
  if ((await first(db, hostOfAgent(credential, deviceId))) === undefined)
    throw new Problem('unauthorized')
  const problem = 'not the next stretch of a run that is running'
  throw new Problem('invalid_request', { problem, fsckId, fromFid, toFid })
}
