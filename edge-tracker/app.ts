// Every URL of the tracker and what it takes to use it, on one screen. One request is one handler;
// nothing here or below keeps state between requests but caches that may be lost (I8).
import { Hono, type MiddlewareHandler } from 'hono'
import { Problem } from '#shared/problems.ts'
import type { Scope } from '#shared/wire/admin.ts'
import { bearer, demand } from './auth/caller.ts'
import { checkShare } from './auth/share.ts'
import { forPagesOf } from './cors.ts'
import { countAnswers } from './count-answers.ts'
import type { Deps } from './deps.ts'
import { renderProblem } from './render-problem.ts'
import { addressOf, domainOf, keyOf, type TrackerContext, type TrackerEnv } from './request.ts'
import { audit } from './routes/admin/audit.ts'
import * as classes from './routes/admin/classes.ts'
import * as decommission from './routes/admin/decommission.ts'
import * as devices from './routes/admin/devices.ts'
import * as domains from './routes/admin/domains.ts'
import { durability } from './routes/admin/durability.ts'
import * as fids from './routes/admin/fids.ts'
import * as fsck from './routes/admin/fsck.ts'
import * as hosts from './routes/admin/hosts.ts'
import * as keys from './routes/admin/keys.ts'
import * as mogilefsSettings from './routes/admin/mogilefs-settings.ts'
import * as rebalance from './routes/admin/rebalance.ts'
import * as rebuild from './routes/admin/rebuild.ts'
import * as settings from './routes/admin/settings.ts'
import { retry } from './routes/admin/shortfalls.ts'
import { health, live, stats } from './routes/admin/stats.ts'
import * as webhooks from './routes/admin/webhooks.ts'
import { whatIf } from './routes/admin/what-if.ts'
import { changed } from './routes/agent/changed.ts'
import { commit } from './routes/agent/commit.ts'
import { compare } from './routes/agent/compare.ts'
import { enroll } from './routes/agent/enroll.ts'
import { findings } from './routes/agent/findings.ts'
import { inventory } from './routes/agent/inventory.ts'
import { look } from './routes/agent/look.ts'
import { search } from './routes/agent/search.ts'
import { sync } from './routes/agent/sync.ts'
import { abort } from './routes/client/abort.ts'
import { batch } from './routes/client/batch.ts'
import { change } from './routes/client/change.ts'
import { changes } from './routes/client/changes.ts'
import { createClose } from './routes/client/create-close.ts'
import { createEdit } from './routes/client/create-edit.ts'
import { createOpen } from './routes/client/create-open.ts'
import { createResumable, tusOptions } from './routes/client/create-resumable.ts'
import { remove } from './routes/client/delete.ts'
import { erase } from './routes/client/erase.ts'
import { explain } from './routes/client/explain.ts'
import { listKeys } from './routes/client/list-keys.ts'
import { trash } from './routes/client/list-trash.ts'
import { paths } from './routes/client/paths.ts'
import { read } from './routes/client/read.ts'
import { restore } from './routes/client/restore.ts'
import { info, stat } from './routes/client/stat.ts'
import { write } from './routes/client/write.ts'
import { metrics } from './routes/metrics.ts'

/** An API key with this scope, for the domain in the URL if there is one. */
const may = (scope: Scope): MiddlewareHandler<TrackerEnv> =>
  async function checkScope(c, next) {
    const { callers, rates } = c.var.deps
    const key = bearer(c.req.header('authorization'))
    const caller = demand(await callers.find(key), scope, c.req.param('domain'))
    rates.spend(`key ${caller.apiKeyId}`, caller.ratePerS)
    c.set('caller', caller)
    await next()
  }

/** The same, or a link to this file that somebody with such a key has made. */
const mayByLink = (scope: Scope): MiddlewareHandler<TrackerEnv> => {
  const byKey = may(scope)
  return async function checkLink(c, next) {
    if (c.req.query('sig') === undefined) return byKey(c, next)
    const { method } = c.req
    const [domain, key, query] = [domainOf(c), keyOf(c), c.req.query()]
    const { caller, share } = await checkShare(c.var.deps, { method, domain, key, query })
    demand(caller, scope, domain)
    // besides what the key itself may: who has a link cannot keep its maker out
    c.var.deps.rates.spend(`links of key ${caller.apiKeyId}`, caller.ratePerS)
    c.set('caller', caller)
    c.set('share', share)
    return next()
  }
}

/** The same, or nobody in particular: the route shows them what anybody may read, and no more. */
const anybodyMay = (scope: Scope): MiddlewareHandler<TrackerEnv> => {
  const byLink = mayByLink(scope)
  return async function checkAnybody(c, next) {
    const isNobody = c.req.header('authorization') === undefined && c.req.query('sig') === undefined
    if (!isNobody) return byLink(c, next)
    await spendOfAddress(c)
    c.set('isAnonymous', true)
    return next()
  }
}

/** Where the server does not know its clients' addresses, they share one rate. */
async function spendOfAddress(c: TrackerContext): Promise<void> {
  const { rates, view } = c.var.deps
  const { publicRatePerS } = (await view.get()).settings
  if (publicRatePerS > 0) rates.spend(`address ${addressOf(c) ?? ''}`, publicRatePerS)
}

/** Hono answers HEAD with its GET route. */
const readOrStat = (c: TrackerContext) => (c.req.method === 'HEAD' ? stat(c) : read(c))

export function createApp(deps: Deps) {
  const app = new Hono<TrackerEnv>()
  app.use(async function provide(c, next) {
    c.set('deps', deps)
    await next()
  })
  app.use(countAnswers)
  if (deps.origins !== undefined) app.use(forPagesOf(deps.origins))
  app.onError(renderProblem)
  app.notFound((c) => nothingHere(app, c))

  app.get('/live', live)
  app.on('GET', ['/ready', '/health'], health)
  app.get('/metrics', may('metrics'), metrics)

  forClients(app)
  forAgents(app)
  forOperators(app)
  return app
}

const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE']

/** A URL of ours that was asked by another method is told apart from one that is none. */
function nothingHere(app: Hono<TrackerEnv>, c: TrackerContext): Response {
  const { path, method } = c.req
  const answers = (each: string) =>
    app.router.match(each, path)[0].some(([[, route]]) => route.method === each)
  const allowed = METHODS.filter(answers)
  if (allowed.length === 0) return renderProblem(new Problem('unknown_route', { path }), c)
  const refusal = renderProblem(new Problem('method_not_allowed', { method }), c)
  refusal.headers.set('allow', allowed.join(', ').replace('GET', 'GET, HEAD'))
  return refusal
}

function forClients(app: Hono<TrackerEnv>): void {
  const domain = '/v1/domains/:domain'
  app.post(`${domain}/uploads`, may('write'), createOpen)
  app.post(`${domain}/uploads/:fid/close`, may('write'), createClose)
  app.delete(`${domain}/uploads/:fid`, may('write'), abort)
  app.post(`${domain}/edits`, may('read'), may('write'), createEdit)
  app.get(`${domain}/trash`, may('list'), trash)
  app.post(`${domain}/trash/:fid/restore`, may('write'), restore)
  app.delete(`${domain}/trash/:fid`, may('admin'), erase) // what deletes cannot do it for good
  app.post(`${domain}/batch`, batch) // by the verb in its body
  app.get(`${domain}/files`, may('list'), listKeys)
  app.get(`${domain}/changes`, may('list'), changes)
  for (const file of [`${domain}/file`, `${domain}/files/*`]) {
    app.put(file, mayByLink('write'), write)
    app.post(file, may('write'), createResumable)
    app.options(file, tusOptions)
    app.get(file, anybodyMay('read'), readOrStat)
    app.delete(file, may('delete'), remove)
    app.patch(file, may('write'), change)
  }
  for (const twin of ['', '/*']) {
    app.get(`${domain}/paths${twin}`, may('read'), paths)
    app.get(`${domain}/info${twin}`, may('read'), info)
    app.get(`${domain}/explain${twin}`, may('read'), explain)
  }
}

function forAgents(app: Hono<TrackerEnv>): void {
  app.post('/v1/agent/enroll', enroll) // by token
  app.post('/v1/agent/sync', sync) // these by credential, inside their statement
  app.post('/v1/agent/commit', commit)
  app.post('/v1/agent/inventory', inventory)
  app.post('/v1/agent/look', look)
  app.post('/v1/agent/findings', findings)
  app.post('/v1/agent/search', search)
  app.post('/v1/agent/changed', changed)
  app.post('/v1/agent/compare', compare)
}

function forOperators(app: Hono<TrackerEnv>): void {
  app.use('/v1/admin/*', may('admin'))
  app.get('/v1/admin/domains', domains.list)
  app.post('/v1/admin/domains', domains.add)
  app.patch('/v1/admin/domains/:domain', domains.change)
  app.delete('/v1/admin/domains/:domain', domains.remove)
  app.post('/v1/admin/domains/:domain/classes', classes.add)
  app.patch('/v1/admin/domains/:domain/classes/:class', classes.change)
  app.delete('/v1/admin/domains/:domain/classes/:class', classes.remove)
  app.get('/v1/admin/hosts', hosts.list)
  app.post('/v1/admin/hosts', hosts.add)
  app.patch('/v1/admin/hosts/:host', hosts.change)
  app.delete('/v1/admin/hosts/:host', hosts.remove)
  app.post('/v1/admin/hosts/:host/token', hosts.renewToken)
  app.post('/v1/admin/hosts/:host/rotate', hosts.rotate)
  app.get('/v1/admin/devices', devices.list)
  app.post('/v1/admin/devices', devices.add)
  app.patch('/v1/admin/devices/:deviceId', devices.change)
  app.delete('/v1/admin/devices/:deviceId', devices.remove)
  routeMoving(app)
  app.get('/v1/admin/keys', keys.list)
  app.post('/v1/admin/keys', keys.add)
  app.patch('/v1/admin/keys/:apiKeyId', keys.change)
  app.delete('/v1/admin/keys/:apiKeyId', keys.remove)
  app.delete('/v1/admin/keys/:apiKeyId/brake', keys.release)
  app.get('/v1/admin/settings', settings.list)
  app.patch('/v1/admin/settings', settings.change)
  app.get('/v1/admin/mogilefs-settings', mogilefsSettings.list)
  app.patch('/v1/admin/mogilefs-settings', mogilefsSettings.change)
  app.get('/v1/admin/audit', audit)
  app.get('/v1/admin/webhooks', webhooks.list)
  app.post('/v1/admin/webhooks', webhooks.add)
  app.get('/v1/admin/webhooks/:webhookId/secret', webhooks.secret)
  app.patch('/v1/admin/webhooks/:webhookId', webhooks.change)
  app.delete('/v1/admin/webhooks/:webhookId', webhooks.remove)
  app.get('/v1/admin/fsck', fsck.list)
  app.post('/v1/admin/fsck', fsck.start)
  app.patch('/v1/admin/fsck/:fsckId', fsck.change)
  app.get('/v1/admin/fsck/log', fsck.log)
  app.get('/v1/admin/rebuild', rebuild.status)
  app.get('/v1/admin/rebuild/files', rebuild.files)
  app.post('/v1/admin/rebuild/load', rebuild.load)
  app.post('/v1/admin/rebuild/apply', rebuild.apply)
  app.delete('/v1/admin/rebuild', rebuild.forget)
  app.get('/v1/admin/fids', fids.list)
  app.get('/v1/admin/fids/:fid', fids.facts)
  app.post('/v1/admin/fids/copy', fids.copy)
  app.post('/v1/admin/shortfalls/retry', retry)
  app.get('/v1/admin/durability', durability)
  app.get('/v1/admin/stats', stats)
}

/** Copies that leave their devices. */
function routeMoving(app: Hono<TrackerEnv>): void {
  for (const leaver of ['/v1/admin/devices/:deviceId', '/v1/admin/hosts/:host']) {
    app.get(`${leaver}/decommission`, decommission.status)
    app.post(`${leaver}/decommission`, decommission.begin)
    app.delete(`${leaver}/decommission`, decommission.cancel)
  }
  app.get('/v1/admin/what-if', whatIf)
  app.get('/v1/admin/rebalance', rebalance.status)
  app.patch('/v1/admin/rebalance', rebalance.setPolicy)
  app.get('/v1/admin/rebalance/test', rebalance.test)
  app.post('/v1/admin/rebalance/start', rebalance.start)
  app.post('/v1/admin/rebalance/stop', rebalance.stop)
  app.post('/v1/admin/rebalance/reset', rebalance.reset)
}
