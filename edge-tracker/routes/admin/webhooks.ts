// Webhooks: list, add (with the secret that it checks), change, delete.
import { SmallId } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { type AddedWebhook, NewWebhook, WebhookChange } from '#shared/wire/changes.ts'
import { webhookSecret } from '../../auth/webhook-signature.ts'
import { first } from '../../db/db.ts'
import { addWebhook, changeWebhook, deleteWebhook, listWebhooks } from '../../db/webhooks.ts'
import { parse, readJson, type TrackerContext } from '../../request.ts'

export async function list(c: TrackerContext): Promise<Response> {
  return c.json({ webhooks: await c.var.deps.db.all(listWebhooks()) })
}

export async function add(c: TrackerContext): Promise<Response> {
  const wanted = await readJson(c, NewWebhook)
  const { deps } = c.var
  const row = await first(deps.db, addWebhook(c.var.caller, wanted))
  if (row === undefined) throw new Problem('unreg_domain', { domain: wanted.domain })
  const added: AddedWebhook = { ...row, secret: webhookSecret(deps, row.webhookId) }
  return c.json(added, 201)
}

/** Again: it changes with the tracker's own. */
export async function secret(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const webhookId = webhookOf(c)
  const webhooks = await deps.db.all(listWebhooks())
  if (!webhooks.some((each) => each.webhookId === webhookId))
    throw new Problem('unknown_webhook', { webhookId })
  const answer: AddedWebhook = { webhookId, secret: webhookSecret(deps, webhookId) }
  return c.json(answer)
}

export async function change(c: TrackerContext): Promise<Response> {
  const wanted = await readJson(c, WebhookChange)
  const webhookId = webhookOf(c)
  const row = await first(c.var.deps.db, changeWebhook(c.var.caller, webhookId, wanted))
  if (row === undefined) throw new Problem('unknown_webhook', { webhookId })
  return c.body(null, 204)
}

export async function remove(c: TrackerContext): Promise<Response> {
  const webhookId = webhookOf(c)
  const row = await first(c.var.deps.db, deleteWebhook(c.var.caller, webhookId))
  if (row === undefined) throw new Problem('unknown_webhook', { webhookId })
  return c.body(null, 204)
}

const webhookOf = (c: TrackerContext): number => parse(SmallId, Number(c.req.param('webhookId')))
