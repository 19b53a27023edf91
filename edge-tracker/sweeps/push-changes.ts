// Promise: whoever asked to be told of a domain's changes is told of each, in order, until it was
// taken. A crash in between tells it again.
import { errorFacts } from '#shared/events.ts'
import {
  MAX_TOLD_CHANGES,
  MAX_WEBHOOKS_AT_ONCE,
  SWEEP_WINDOW,
  WEBHOOK_TIMEOUT_MS,
} from '#shared/limits.ts'
import type { Told } from '#shared/wire/changes.ts'
import { webhookHeaders } from '../auth/webhook-signature.ts'
import { type DueWebhook, settleWebhook, type Telling, takeWebhooks } from '../db/webhooks.ts'
import type { Deps } from '../deps.ts'

const ask = {
  limit: MAX_WEBHOOKS_AT_ONCE,
  changes: MAX_TOLD_CHANGES,
  leaseMs: 2 * WEBHOOK_TIMEOUT_MS,
}

/** How many were told, or could not be. Says that there is more to do while a message was full. */
export async function pushChanges(deps: Deps): Promise<number> {
  const due = await deps.db.all(takeWebhooks(ask))
  await Promise.all(
    due.map(async (webhook) => deps.db.all(settleWebhook(await tell(deps, webhook)))),
  )
  const isMore = due.some(({ changes }) => changes.length === MAX_TOLD_CHANGES)
  return isMore ? SWEEP_WINDOW : due.length
}

async function tell(deps: Deps, webhook: DueWebhook): Promise<Telling> {
  const { webhookId, told, domain, changes, complete, url } = webhook
  const last = changes.at(-1)?.cursor
  const message: Told = { domain, changes, complete }
  const body = JSON.stringify(message)
  const id = `${webhookId}_${last ?? told}` // the same when it is told again
  try {
    const response = await deps.fetch(url, {
      method: 'POST',
      body,
      headers: webhookHeaders(deps, webhookId, {
        id,
        body,
        nowMs: deps.clock.nowMs(),
      }),
      redirect: 'manual',
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    })
    await response.body?.cancel()
    if (response.ok && last !== undefined) return { webhookId, told, taken: last }
    return { webhookId, told, error: `it answered ${response.status}` }
  } catch (error) {
    deps.events.emit('warn', 'webhook.failed', { webhookId, ...errorFacts(error) })
    return { webhookId, told, error: error instanceof Error ? error.message : String(error) }
  }
}
