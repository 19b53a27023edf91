/** POST shortfalls/retry: whatever waits for its time is tried now (MogileFS Q23). */
import { MAX_SHORTFALL_BACKLOG } from '#shared/limits.ts'
import { first } from '../../db/db.ts'
import { retryNow } from '../../db/retry.ts'
import type { TrackerContext } from '../../request.ts'

export async function retry(c: TrackerContext): Promise<Response> {
  const row = await first(c.var.deps.db, retryNow(MAX_SHORTFALL_BACKLOG))
  return c.json({ retried: row?.retried ?? 0 })
}
