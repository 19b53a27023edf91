// Promise: a host that stays silent is given up, where the operator wants it so, and never
// so many at once that a failed network could cost the cluster its copies.

import { TRACKERS_GONE_MS } from '#shared/limits.ts'
import { first } from '../db/db.ts'
import { declareDead } from '../db/dead-hosts.ts'
import type { Deps } from '../deps.ts'

export async function declareDeadSweep({ db, view, events }: Deps): Promise<number> {
  const { deadAfterMs, deadAtOncePercent, sweepMs } = (await view.get()).settings
  const gapMs = Math.max(TRACKERS_GONE_MS, 3 * sweepMs)
  const ask = { silentMs: deadAfterMs, maxPercent: deadAtOncePercent, gapMs }
  const verdict = await first(db, declareDead(ask))
  if (verdict === undefined) return 0

  const { deviceIds, withheld, note, isNews } = verdict
  if (isNews && note !== null) events.emit('warn', 'devices.brake', { withheld, note })
  if (deviceIds.length === 0) return 0
  view.forget()
  events.emit('warn', 'devices.declared_dead', { deviceIds, silentMs: deadAfterMs })
  return 0
}
