/** DELETE upload: given up. What may have arrived is erased; an unknown upload is success. */
import { abortUpload } from '../../db/uploads.ts'
import { domainOf, fidOf, type TrackerContext } from '../../request.ts'

export async function abort(c: TrackerContext): Promise<Response> {
  await c.var.deps.db.all(abortUpload(domainOf(c), fidOf(c)))
  return c.body(null, 204)
}
