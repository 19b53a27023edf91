/** POST batch: one verb for up to 1,000 files, each with its own answer or problem. */
import type { DeviceView } from '#shared/device-view.ts'
import type { DomainName } from '#shared/ids.ts'
import { MAX_BATCH_BODY_BYTES } from '#shared/limits.ts'
import { Problem, problemDocument } from '#shared/problems.ts'
import { REQUEST_ID_HEADER, requestIdOf } from '#shared/request-id.ts'
import type { Scope } from '#shared/wire/admin.ts'
import { BatchRequest, type BatchVerb } from '#shared/wire/batch.ts'
import { bearer, demand } from '../../auth/caller.ts'
import type { Caller } from '../../db/api-keys.ts'
import type { Deps } from '../../deps.ts'
import { domainOf, readJson, type TrackerContext } from '../../request.ts'
import { closeMany } from '../batch/close-many.ts'
import { deleteMany } from '../batch/delete-many.ts'
import { openMany } from '../batch/open-many.ts'
import type { Outcome } from '../batch/outcomes.ts'
import { statMany } from '../batch/stat-many.ts'
import { reachedBy } from '../reader.ts'

interface Batch {
  scope: Scope
  run(
    deps: Deps,
    domain: DomainName,
    items: readonly unknown[],
    asker: { caller: Caller; reached: (device: DeviceView) => string },
  ): Promise<Outcome<unknown>[]>
}

const batches: Record<BatchVerb, Batch> = {
  open: {
    scope: 'write',
    run: (deps, domain, items, { reached }) => openMany(deps, domain, items, reached),
  },
  close: { scope: 'write', run: closeMany },
  delete: {
    scope: 'delete',
    run: (deps, domain, items, { caller }) => deleteMany(deps, domain, items, caller),
  },
  stat: { scope: 'read', run: statMany },
}
const verbs: readonly BatchVerb[] = ['open', 'close', 'delete', 'stat']

/** The scope is the verb's, which stands in the body: a stranger's body is not read. */
export async function batch(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const caller = await deps.callers.find(bearer(c.req.header('authorization')))
  if (caller === undefined) throw new Problem('unauthorized')
  const request = await readJson(c, BatchRequest, {}, MAX_BATCH_BODY_BYTES)
  const verb = verbs.find((each) => request[each] !== undefined) ?? 'stat'
  demand(caller, batches[verb].scope, c.req.param('domain'))
  const items = request[verb] ?? []
  deps.rates.spend(`key ${caller.apiKeyId}`, caller.ratePerS, Math.max(1, items.length))

  const asker = { caller, reached: reachedBy(c) }
  const outcomes = await batches[verb].run(deps, domainOf(c), items, asker)
  const requestId = requestIdOf(c.req.header(REQUEST_ID_HEADER), () => crypto.randomUUID())
  return c.json({
    results: outcomes.map((outcome) =>
      outcome instanceof Problem
        ? { problem: problemDocument(outcome, requestId) }
        : { answer: outcome },
    ),
  })
}
