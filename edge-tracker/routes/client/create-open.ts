/** POST uploads: where the bytes of a new file may go. Nothing is in the namespace yet. */
import { OpenRequest } from '#shared/wire/uploads.ts'
import { conditionOf, domainOf, readJson, type TrackerContext } from '../../request.ts'
import { openAt, uploadAnswer } from '../opening.ts'
import { reachedBy } from '../reader.ts'

export async function createOpen(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const body = await readJson(c, OpenRequest)
  const request = { ...body, ...conditionOf(c, body) }
  const opened = await openAt(deps, domainOf(c), request)
  return c.json(uploadAnswer(deps, opened, request, reachedBy(c)), 201)
}
