// What waits to be done, by reason and by host.
import { first } from '../../db/db.ts'
import { ping, readStats } from '../../db/stats.ts'
import type { TrackerContext } from '../../request.ts'

export async function stats(c: TrackerContext): Promise<Response> {
  return c.json(await first(c.var.deps.db, readStats()))
}

/** GET /live: this process runs. Without the database it is as alive as with it. */
export const live = (c: TrackerContext): Response => c.json({ status: 'ok' })

/** GET /health and /ready: the tracker answers, and the database answers it. */
export async function health(c: TrackerContext): Promise<Response> {
  await c.var.deps.db.all(ping())
  return c.json({ status: 'ok' })
}
