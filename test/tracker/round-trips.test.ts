// What is asked often costs one statement, one round trip to the database, once a tracker is warm:
// over connections on Node, and over HTTP as on Workers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startNeonStandIn } from '#infra/dev/neon-stand-in.ts'
import { createApp } from '#tracker/app.ts'
import { neonDb } from '#tracker/db/neon.ts'
import { makeDeps } from '#tracker/deps.ts'
import type { Method } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const demo = '/v1/domains/demo'

/** One request of each hot verb, in an order in which each succeeds. */
type Send = (method: Method, path: string, json?: unknown) => Promise<number>

async function hotVerbs(world: World, send: Send): Promise<Record<string, () => Promise<number>>> {
  await world.put('read')
  await world.put('deleted')
  const stored = world.write(await world.open('closed'), 'hello')
  const receipt = world.hostOf(stored.deviceId).receipt(stored)
  const close = { deviceId: stored.deviceId, receipt }
  return {
    'create-open': () => send('POST', `${demo}/uploads`, { key: 'opened' }),
    'create-close': () => send('POST', `${demo}/uploads/${stored.fid}/close`, close),
    paths: () => send('GET', `${demo}/paths/read?noverify`),
    read: () => send('GET', `${demo}/files/read?noverify`),
    stat: () => send('HEAD', `${demo}/files/read`),
    info: () => send('GET', `${demo}/info/read`),
    list: () => send('GET', `${demo}/files`),
    'list in groups': () => send('GET', `${demo}/files?delimiter=/`),
    put: () => send('PUT', `${demo}/files/put`),
    delete: () => send('DELETE', `${demo}/files/deleted`),
    abort: () => send('DELETE', `${demo}/uploads/${stored.fid}`),
  }
}

test('every hot verb is one statement on Node, and so is a sync', async (t) => {
  await using world = await trackerWorld()
  const { db } = world.tracker()
  const verbs = await hotVerbs(world, async (method, path, json) => {
    return (await world.call(method, path, { json })).status
  })
  const host = world.host(0)
  await world.put('job')
  verbs['sync'] = async () => {
    const { jobs } = await host.sync({ want: 10 })
    return 200 + jobs.length
  }

  await world.call('GET', `${demo}/files`) // warm: who asks, what the cluster is
  await world.open('warm')
  for (const [verb, act] of Object.entries(verbs))
    await t.test(verb, async () => {
      const before = db.statements()
      assert.ok((await act()) < 400)
      assert.equal(db.statements() - before, 1)
    })
})

test('every hot verb is one HTTP request to the database on Workers', async (t) => {
  await using world = await trackerWorld()
  await using standIn = await startNeonStandIn(world)
  const { deps } = world.tracker()
  const app = createApp(makeDeps({ ...deps, db: neonDb(world.databaseUrl, standIn.url) }))
  const headers = { authorization: `Bearer ${world.adminKey}`, 'content-type': 'application/json' }
  const send: Send = async (method, path, json) => {
    const body = json === undefined ? null : JSON.stringify(json)
    const answer = await app.request(`http://tracker${path}`, { method, headers, body }, {})
    await answer.body?.cancel()
    return answer.status
  }
  await send('GET', `${demo}/paths/none?noverify`)
  await send('POST', `${demo}/uploads`, { key: 'warm' })
  for (const [verb, act] of Object.entries(await hotVerbs(world, send)))
    await t.test(verb, async () => {
      const before = standIn.queries()
      assert.ok((await act()) < 400)
      assert.equal(standIn.queries() - before, 1)
    })
})

test('a thousand requests need the key and the cluster once, until they are old', async () => {
  await using world = await trackerWorld()
  const { db } = world.tracker()
  await world.put('a')
  await world.open('warm')
  const before = db.statements()
  for (let n = 0; n < 50; n++) await world.call('GET', `${demo}/paths/a?noverify`)
  assert.equal(db.statements() - before, 50)

  world.look()
  await world.call('GET', `${demo}/paths/a?noverify`)
  assert.equal(db.statements() - before, 52, 'the cluster was looked at once more')
})

test('a refusal costs at most one statement more, to say why', async () => {
  await using world = await trackerWorld()
  const { db } = world.tracker()
  await world.open('warm')
  for (const [method, path] of [
    ['GET', `${demo}/paths/none?noverify`],
    ['DELETE', `${demo}/files/none`],
    ['GET', '/v1/domains/nowhere/files'],
  ] as const) {
    const before = db.statements()
    await world.call(method, path)
    assert.equal(db.statements() - before, 2, path)
  }
})
