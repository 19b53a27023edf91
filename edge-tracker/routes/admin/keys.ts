// API keys: list, add (the secret is shown once), change, delete.
import { SmallId } from '#shared/ids.ts'
import { hashSecret, newSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { publicKeyOf } from '#shared/share-links.ts'
import { type AddedApiKey, ApiKeyChange, NewApiKey } from '#shared/wire/admin.ts'
import { addApiKey, changeApiKey, deleteApiKey, listApiKeys } from '../../db/api-keys.ts'
import { first, isForeignKeyViolation } from '../../db/db.ts'
import { releaseBrake } from '../../db/deletion-budgets.ts'
import { parse, readJson, type TrackerContext } from '../../request.ts'

export async function list(c: TrackerContext): Promise<Response> {
  return c.json({ keys: await c.var.deps.db.all(listApiKeys()) })
}

export async function add(c: TrackerContext): Promise<Response> {
  const { label, domain = null, scopes, ratePerS = null } = await readJson(c, NewApiKey)
  const key = newSecret('mog')
  const statement = addApiKey(c.var.caller, {
    label,
    keyHash: hashSecret(key),
    publicKey: await publicKeyOf(key),
    domain,
    scopes,
    ratePerS,
  })
  const row = await first(c.var.deps.db, statement).catch((error: unknown) => {
    if (isForeignKeyViolation(error)) return undefined // the domain was deleted at the same time
    throw error
  })
  if (row === undefined) throw new Problem('unreg_domain', { domain })
  const added: AddedApiKey = { ...row, label, key }
  return c.json(added, 201)
}

export async function change(c: TrackerContext): Promise<Response> {
  const apiKeyId = parse(SmallId, Number(c.req.param('apiKeyId')))
  const { ratePerS } = await readJson(c, ApiKeyChange)
  const changed = await first(c.var.deps.db, changeApiKey(c.var.caller, apiKeyId, ratePerS))
  if (changed === undefined) throw new Problem('unknown_api_key', { apiKeyId })
  return c.json(changed)
}

/** DELETE a key's brake: it may delete again, at every tracker within seconds. */
export async function release(c: TrackerContext): Promise<Response> {
  const apiKeyId = parse(SmallId, Number(c.req.param('apiKeyId')))
  const known = await first(c.var.deps.db, releaseBrake(apiKeyId))
  if (known === undefined) throw new Problem('unknown_api_key', { apiKeyId })
  return c.body(null, 204)
}

export async function remove(c: TrackerContext): Promise<Response> {
  const apiKeyId = parse(SmallId, Number(c.req.param('apiKeyId')))
  const gone = await first(c.var.deps.db, deleteApiKey(c.var.caller, apiKeyId))
  if (gone === undefined) throw new Problem('unknown_api_key', { apiKeyId })
  return c.body(null, 204)
}
