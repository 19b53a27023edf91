// A node that accepts connections and never answers (MogileFS section 12: one such node hung reads
// for 8 seconds, and eight readers of it the whole tracker). Here it costs one wait, once.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { SILENT_FOR_MS } from '#tracker/node-probe.ts'
import { httpServer } from '../client/http-server.ts'
import { trackerWorld } from '../support/world.ts'

const NODE_TIMEOUT_MS = 600

/** Accepts and says nothing. `next` is the next request, `gaveUp` when its asker has left. */
async function hungNode() {
  const seen: IncomingMessage[] = []
  let arrived = Promise.withResolvers<{ gaveUp: Promise<unknown> }>()
  const server = await httpServer((request) => {
    seen.push(request)
    const gone = Promise.withResolvers<undefined>()
    request.once('close', () => gone.resolve(undefined))
    request.socket.once('close', () => gone.resolve(undefined))
    arrived.resolve({ gaveUp: gone.promise })
    arrived = Promise.withResolvers()
  })
  return Object.assign(server, { seen, next: () => arrived.promise })
}

const goodNode = (bytes: number) =>
  httpServer((_request, response) => {
    response.writeHead(200, { 'content-length': bytes }).end()
  })

/** Two copies of `a`: the first on a node that hangs, the second, draining, on one that answers. */
async function hungAndGood() {
  await using making = new AsyncDisposableStack()
  const hung = making.use(await hungNode())
  const good = making.use(await goodNode(5))
  const world = making.use(await trackerWorld({ hosts: 2, urls: [hung.url, good.url] }))
  await world.put('a', 'hello')
  await world.settle()
  await world.mark('devices', 2, 'drain')
  await world.set({ nodeTimeoutMs: NODE_TIMEOUT_MS })
  const read = async () => {
    const { headers, code } = await world.call('GET', '/v1/domains/demo/files/a')
    return headers.get('location')?.startsWith(good.url) === true ? 'sent to the good one' : code
  }
  const made = making.move()
  return { hung, good, world, read, [Symbol.asyncDispose]: () => made.disposeAsync() }
}

test('the next copy is asked after a quarter of the time, and serves the reader', async () => {
  await using made = await hungAndGood()
  const arrival = made.hung.next()
  const reading = made.read()
  const { gaveUp } = await arrival
  made.world.clock.advance(NODE_TIMEOUT_MS / 4)
  const first = await Promise.race([reading, gaveUp.then(() => 'the whole time was waited')])
  assert.equal(first, 'sent to the good one')
})

test('a second reader does not wait, until the node gets another chance', async () => {
  await using made = await hungAndGood()
  const arrival = made.hung.next()
  const first = made.read()
  const { gaveUp } = await arrival
  made.world.clock.advance(NODE_TIMEOUT_MS / 4)
  await first
  await gaveUp

  assert.equal(await made.read(), 'sent to the good one')
  assert.equal(made.hung.seen.length, 1, 'it was not asked again')

  made.world.clock.advance(SILENT_FOR_MS)
  const again = made.hung.next()
  const third = made.read()
  await again
  made.world.clock.advance(NODE_TIMEOUT_MS / 4)
  assert.equal(await third, 'sent to the good one')
})

test('many readers wait no longer than one, and others are answered meanwhile', async () => {
  await using made = await hungAndGood()
  await made.world.mark('devices', 2, 'down') // only the hung one is left
  const began = performance.now()
  const readers = Promise.all(Array.from({ length: 20 }, made.read))
  assert.equal((await made.world.call('GET', '/health')).status, 200)
  assert.ok(performance.now() - began < NODE_TIMEOUT_MS, 'health waited for nobody')
  assert.deepEqual(new Set(await readers), new Set(['no_readable_replica']))
  const tookMs = performance.now() - began
  assert.ok(tookMs >= NODE_TIMEOUT_MS - 5, `${tookMs} ms: the node was waited for`)
  assert.ok(tookMs < 10 * NODE_TIMEOUT_MS, `${tookMs} ms`)
})

test('new files are offered elsewhere while a node is silent', async () => {
  await using made = await hungAndGood()
  const { world } = made
  await world.mark('devices', 2, 'alive')
  const arrival = made.hung.next()
  await world.sql('delete from replica where device_id = 2')
  const reading = made.read()
  const { gaveUp } = await arrival
  assert.equal(await reading, 'no_readable_replica')
  await gaveUp
  const { targets } = await world.open('b')
  assert.deepEqual(
    targets.map(({ deviceId }) => deviceId),
    [2],
  )
})
