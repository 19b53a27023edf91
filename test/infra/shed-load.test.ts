// Overload of a tracker: beyond its bound the next client is refused at once and told when to come
// back; agents and operators still get in.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ensureApiKey } from '#infra/serve/ensure-api-key.ts'
import { serveTracker } from '#infra/serve/serve-tracker.ts'
import { systemClock } from '#shared/clock.ts'
import { testDatabase } from '#test/support/database.ts'
import { eventLog } from '#test/support/event-log.ts'
import { call } from '#test/support/tracker-call.ts'
import { untilTrue } from '#test/support/until-true.ts'

const MAX = 3
const key = `mog_${'k'.repeat(43)}`

async function smallTracker() {
  await using made = new AsyncDisposableStack()
  const { url: databaseUrl } = made.use(await testDatabase())
  await ensureApiKey(databaseUrl, { label: 'test', key, scopes: ['admin'] })
  const events = eventLog()
  const tracker = made.use(
    await serveTracker({
      databaseUrl,
      trackerSecret: 'at least 32 characters, as ever in tests',
      host: '127.0.0.1',
      port: 0,
      maxRequests: MAX,
      clock: systemClock,
      events,
    }),
  )
  const owned = made.move()
  return { url: tracker.url, events, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** A request whose body does not come: it is under way until its socket goes. */
async function occupy(url: string, path: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n`
  socket.write(`${head}expect: 100-continue\r\ncontent-length: 10\r\n\r\n`)
  await once(socket, 'data') // it has arrived
  return socket
}

test('beyond its bound a tracker refuses clients, and serves agents and operators', async () => {
  await using tracker = await smallTracker()
  const list = () => call(`${tracker.url}/v1/domains/none/files`, 'GET', { key })
  assert.equal((await list()).code, 'unreg_domain')

  const held: Socket[] = []
  await untilTrue(async () => {
    held.push(await occupy(tracker.url, '/v1/domains/demo/uploads')) // or it is refused
    return (await list()).code === 'busy' && (await list()).code === 'busy'
  }, 'all places are taken')
  const refused = await list()
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
  assert.equal((await call(`${tracker.url}/health`, 'GET', { key: '' })).status, 200)
  assert.equal((await call(`${tracker.url}/v1/admin/hosts`, 'GET', { key })).status, 200)
  const agent = await call(`${tracker.url}/v1/agent/sync`, 'POST', { key: 'none', json: {} })
  assert.equal(agent.code, 'invalid_request')
  assert.ok(tracker.events.logged.some(({ event }) => event === 'load.shed'))

  for (const socket of held) socket.destroy()
  await untilTrue(async () => (await list()).code === 'unreg_domain', 'who left made room')
})

test('a flood is answered at once, each with what it asked for or when to come back', async () => {
  await using tracker = await smallTracker()
  const flood = Array.from({ length: FLOOD }, () =>
    call(`${tracker.url}/v1/domains/none/files`, 'GET', { key }),
  )
  const beat = await call(`${tracker.url}/v1/agent/sync`, 'POST', { key: 'none', json: {} })
  assert.equal(beat.code, 'invalid_request', 'agents are heard amid it')
  const answers = await Promise.all(flood)
  const byCode = Map.groupBy(answers, ({ code }) => code)
  assert.deepEqual(new Set(byCode.keys()), new Set(['unreg_domain', 'busy']))
  for (const { status, headers } of byCode.get('busy') ?? [])
    assert.deepEqual([status, headers.get('retry-after')], [503, '1'])
  assert.ok((byCode.get('unreg_domain')?.length ?? 0) >= MAX, 'who was let in was served')
})

test('who sends many requests ahead and hangs up gives all their places back', async () => {
  await using tracker = await smallTracker()
  const { hostname, port } = new URL(tracker.url)
  const list = () => call(`${tracker.url}/v1/domains/none/files`, 'GET', { key })
  const fields = `host: x\r\nauthorization: Bearer ${key}\r\n`
  const one = `GET /v1/domains/none/files HTTP/1.1\r\n${fields}\r\n`
  for (let round = 0; round < ROUNDS; round++) {
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(one.repeat(2 * MAX))
    if (round % 2 === 0) await once(socket, 'data')
    else for (let turn = 0; turn < round; turn++) await nextTurn()
    socket.resetAndDestroy()
  }
  await untilTrue(async () => (await list()).code === 'unreg_domain', 'there is room again')
})

const FLOOD = 500
const ROUNDS = 40
