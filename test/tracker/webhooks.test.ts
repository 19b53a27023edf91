// Webhooks: whoever asked to be told is told of each change, in order, signed, until it was taken.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { MAX_TOLD_CHANGES } from '#shared/limits.ts'
import { AddedWebhook, Changes, Told, type Webhook, WebhookList } from '#shared/wire/changes.ts'
import { webhookSecret } from '#tracker/auth/webhook-signature.ts'
import { pushChanges } from '#tracker/sweeps/push-changes.ts'
import { httpServer } from '../client/http-server.ts'
import type { World } from '../support/tracker-world.ts'
import { untilTrue } from '../support/until-true.ts'
import { trackerWorld } from '../support/world.ts'

interface Message {
  headers: IncomingHttpHeaders
  body: string
}

/** An application's server, which answers with the status that it is told to. */
async function receiver() {
  const received: Message[] = []
  const state = { status: 204 }
  const server = await httpServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) })
    response.writeHead(state.status, { location: '/elsewhere' }).end()
  })
  return {
    received,
    state,
    url: `${server.url}/hook`,
    told: () => received.map(({ body }) => Told.parse(JSON.parse(body))),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** As a receiver makes it. */
function signatureOf({ headers, body }: Message, secret: string): string {
  const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.')
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
}

const add = (world: World, url: string) =>
  world.ask(AddedWebhook, 'POST', '/v1/admin/webhooks', { json: { domain: 'demo', url } })

async function onlyWebhook(world: World): Promise<Webhook> {
  const { webhooks } = await world.ask(WebhookList, 'GET', '/v1/admin/webhooks')
  const [webhook] = webhooks
  assert.ok(webhook !== undefined && webhooks.length === 1)
  return webhook
}

/** Pushes until so many messages came: another test's transaction may hold the feed up. */
async function pushUntil(world: World, app: { received: unknown[] }, count: number, at = 0) {
  await untilTrue(async () => {
    await pushChanges(world.tracker(at).deps)
    return app.received.length >= count
  }, `${count} messages came`)
}

test('an address is told of what happens from now on, and can check who tells', async () => {
  await using world = await trackerWorld()
  await using app = await receiver()
  await world.put('before')
  await untilTrue(async () => {
    const { changes } = await world.ask(Changes, 'GET', '/v1/domains/demo/changes')
    return changes.length > 0
  }, 'no transaction from before it runs any more')
  const { secret, webhookId } = await add(world, app.url)
  const { fid } = await world.put('a', 'text')
  await pushUntil(world, app, 1)

  const [told] = app.told()
  assert.deepEqual(told, {
    domain: 'demo',
    complete: true,
    changes: [{ ...told?.changes[0], kind: 'create', key: 'a', fid, bytes: 4 }],
  })
  const [message] = app.received
  assert.ok(message !== undefined)
  assert.equal(message.headers['webhook-signature'], signatureOf(message, secret))
  const webhook = await onlyWebhook(world)
  assert.deepEqual([webhook.webhookId, webhook.current, webhook.failures], [webhookId, true, 0])
  await pushChanges(world.tracker().deps)
  assert.equal(app.received.length, 1, 'nothing is told twice')
})

test('what was not taken is told again, in order, and the reason is seen', async () => {
  await using world = await trackerWorld()
  await using app = await receiver()
  await add(world, app.url)
  await world.put('a')
  app.state.status = 302
  await pushUntil(world, app, 1)
  const failed = await onlyWebhook(world)
  assert.deepEqual([failed.failures, failed.lastError], [1, 'it answered 302'])
  assert.ok(failed.tryAtMs > Date.now(), 'not at once')

  app.state.status = 200
  await world.put('b')
  await world.sql('update webhook set try_at = now()')
  await pushUntil(world, app, 2)
  await world.sql('update webhook set try_at = now()')
  await untilTrue(async () => {
    await pushChanges(world.tracker().deps)
    return (await onlyWebhook(world)).current
  }, 'it was told everything')
  const keys = app.told().map(({ changes }) => changes.map(({ key }) => key))
  assert.deepEqual([...new Set(keys.flat())], ['a', 'b'])
  assert.deepEqual(keys[0]?.[0], keys[1]?.[0], 'the first is told again')
  assert.equal((await onlyWebhook(world)).failures, 0)
})

test('an address that nobody answers at is tried later, and holds up no other', async () => {
  await using world = await trackerWorld()
  await using app = await receiver()
  await add(world, 'http://127.0.0.1:9/nobody')
  await add(world, app.url)
  await world.put('a')
  await pushUntil(world, app, 1)
  const { webhooks } = await world.ask(WebhookList, 'GET', '/v1/admin/webhooks')
  assert.deepEqual(
    webhooks.map(({ failures, current }) => [failures > 0, current]),
    [
      [true, false],
      [false, true],
    ],
  )
})

test('two trackers tell each change once', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  await using app = await receiver()
  await add(world, app.url)
  for (let n = 0; n < 20; n++) {
    await world.put(`${n}`)
    await Promise.all([0, 1, 0, 1].map((at) => pushChanges(world.tracker(at).deps)))
  }
  await untilTrue(async () => {
    await pushChanges(world.tracker().deps)
    return (await onlyWebhook(world)).current
  }, 'all was told')
  const keys = app.told().flatMap(({ changes }) => changes.map(({ key }) => key))
  assert.deepEqual(
    keys,
    Array.from({ length: 20 }, (_, n) => `${n}`),
  )
})

test('a webhook that is paused is told later what happened meanwhile', async () => {
  await using world = await trackerWorld()
  await using app = await receiver()
  const { webhookId } = await add(world, app.url)
  const at = `/v1/admin/webhooks/${webhookId}`
  await world.call('PATCH', at, { json: { paused: true } })
  await world.put('a')
  await pushChanges(world.tracker().deps)
  assert.deepEqual([app.received.length, (await onlyWebhook(world)).paused], [0, true])

  await world.call('PATCH', at, { json: { paused: false } })
  await pushUntil(world, app, 1)
  assert.deepEqual(app.told()[0]?.changes[0]?.key, 'a')
  await world.call('DELETE', at)
  const { status, code } = await world.call('DELETE', at)
  assert.deepEqual([status, code], [404, 'unknown_webhook'])
})

test('a webhook that was left behind is told that it missed something', async () => {
  await using world = await trackerWorld()
  await using app = await receiver()
  await add(world, app.url)
  await world.put('a')
  await world.put('b')
  await world.sql(`update change set at = now() - interval '30 days' where key = 'a'`)
  await world.sql(`update sweep set next_at = now()`)
  await world.sweep()
  await pushUntil(world, app, 1)
  const told = app.told()[0]
  assert.equal(told?.complete, told?.changes[0]?.key === 'a')
})

test('only an http address of a domain that there is can be told', async () => {
  await using world = await trackerWorld({ hosts: 0 })
  for (const [json, expected] of [
    [{ domain: 'nowhere', url: 'https://app.example/' }, 'unreg_domain'],
    [{ domain: 'demo', url: 'file:///etc/passwd' }, 'invalid_request'],
    [{ domain: 'demo', url: 'ftp://app.example/' }, 'invalid_request'],
    [{ domain: 'demo', url: 'no address' }, 'invalid_request'],
  ] as const)
    assert.equal((await world.call('POST', '/v1/admin/webhooks', { json })).code, expected)
  assert.equal((await world.call('PATCH', '/v1/admin/webhooks/1', { json: {} })).status, 400)
})

test('while the trackers change their secret a receiver may know either', async () => {
  await using world = await trackerWorld()
  await using app = await receiver()
  const { webhookId, secret: last } = await add(world, app.url)
  await world.put('a')
  const { deps } = world.tracker()
  const alsoTrackerSecret = deps.trackerSecret
  const turned = { ...deps, trackerSecret: 'another of at least 32 characters', alsoTrackerSecret }
  await untilTrue(async () => {
    await pushChanges(turned)
    return app.received.length > 0
  }, 'a message came')
  const [message] = app.received
  assert.ok(message !== undefined)
  const next = webhookSecret(turned, webhookId)
  const expected = [next, last].map((secret) => signatureOf(message, secret))
  assert.equal(message.headers['webhook-signature'], expected.join(' '))

  const at = `/v1/admin/webhooks/${webhookId}/secret`
  assert.deepEqual(await world.ask(AddedWebhook, 'GET', at), { webhookId, secret: last })
  assert.equal((await world.call('GET', '/v1/admin/webhooks/99/secret')).code, 'unknown_webhook')
})

test('whoever is far behind is told message after message, not one in each pass', async () => {
  await using world = await trackerWorld()
  await using app = await receiver()
  await add(world, app.url)
  const count = 2 * MAX_TOLD_CHANGES + 1
  await world.sql(
    `insert into change (kind, domain_id, key, fid, class_id, bytes)
      select 'create', domain_id, 'k' || n, n, class_id, 1
      from class join domain using (domain_id), generate_series(1, $1::int) as n
      where domain.name = 'demo' and class.name = 'default'`,
    count,
  )
  await untilTrue(async () => {
    await world.sweep()
    return app.received.length > 0
  }, 'a pass told something')
  const sizes = app.told().map(({ changes }) => changes.length)
  assert.deepEqual(sizes, [MAX_TOLD_CHANGES, MAX_TOLD_CHANGES, 1])
})
