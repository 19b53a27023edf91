// Several trackers, and what is asked of them again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '#shared/client/connect.ts'
import { TRACKER_ROUNDS } from '#shared/client/limits.ts'
import { Refusal } from '#shared/client/refusal.ts'
import { Unreachable } from '#shared/client/unreachable.ts'
import { demoOf } from './demo.ts'
import { answerJson, dies, httpServer, refuses } from './http-server.ts'
import { standIn } from './stand-in.ts'
import { testClock } from './test-clock.ts'

/** Where nobody listens any more. */
async function deadUrl(): Promise<string> {
  await using server = await httpServer(() => undefined)
  return server.url
}

test('a dead tracker is passed over, and not knocked at again', async () => {
  await using world = await standIn()
  let knocks = 0
  await using dying = await httpServer((request, response) => {
    knocks += 1
    dies(request, response)
  })
  const url = [await deadUrl(), dying.url, world.url]
  const demo = connect({ url, key: world.key, clock: testClock() }).domain('demo')
  for (let files = 0; files < 3; files++) await demo.put('k', 'hello')
  assert.equal(knocks, 1)
})

test('a tracker that says later is passed over for the next', async () => {
  await using world = await standIn()
  await using asleep = await httpServer(refuses('database_unavailable'))
  const clock = testClock()
  const client = connect({ url: [asleep.url, world.url], key: world.key, clock })
  await client.domain('demo').put('k', 'hello')
  assert.deepEqual(clock.waits, [])
})

test('a lone tracker that says later is asked again, with growing pauses', async () => {
  await using world = await standIn()
  const { demo, clock } = demoOf(world)
  for (let times = 0; times < 3; times++) world.next('tracker GET', refuses('database_unavailable'))
  assert.deepEqual((await demo.listPage()).files, [])

  const [first = 0, second = 0, third = 0] = clock.waits
  assert.equal(clock.waits.length, 3)
  assert.ok(first >= 100 && first <= 200, `${first}`)
  assert.ok(second >= 200 && second <= 400, `${second}`)
  assert.ok(third >= 400 && third <= 800, `${third}`)
})

test('what is no URL is refused before anybody is asked', () => {
  for (const url of ['', 'tracker.example', [], ['https://a', 'b']])
    assert.throws(() => connect({ url, key: 'k' }), TypeError)
})

test('the rounds have an end', async () => {
  const clock = testClock()
  const url = await deadUrl()
  const demo = connect({ url, key: 'k', clock }).domain('demo')
  await assert.rejects(demo.listPage(), (error) => {
    assert.ok(error instanceof Unreachable)
    assert.match(error.message, /did not answer: connect ECONNREFUSED/)
    assert.equal(error.maybeDone, false)
    return true
  })
  assert.equal(clock.waits.length, TRACKER_ROUNDS - 1)
})

test('a server that wants a long pause is left alone, and its time is told', async () => {
  await using world = await standIn()
  const { demo, clock } = demoOf(world)
  const later = new Date(clock.nowMs() + 3_600_000).toUTCString()
  world.next('tracker GET', refuses('database_unavailable', { 'retry-after': later }))
  await assert.rejects(demo.listPage(), {
    code: 'database_unavailable',
    retryAfterMs: 3_600_000,
    requestId: 'request-1',
  })
  assert.deepEqual(clock.waits, [])
})

test('a tracker that hangs is left after its time', async () => {
  await using world = await standIn()
  const clock = testClock()
  await using hanging = await httpServer(() => clock.advance(15_000))
  const url = [hanging.url, world.url]
  assert.deepEqual(
    (await connect({ url, key: world.key, clock }).domain('demo').listPage()).files,
    [],
  )
})

test('a code that this client does not know is carried as it is', async () => {
  await using server = await httpServer((_, response) => {
    response.writeHead(409, { 'content-type': 'application/problem+json' })
    const document = { code: 'moon_phase', status: 409, detail: 'Not tonight', hint: 'Wait.' }
    response.end(JSON.stringify({ ...document, retry: 'at-full-moon', requestId: 'r-7' }))
  })
  const client = connect({ url: server.url, key: 'k', clock: testClock() })
  await assert.rejects(client.admin.stats(), {
    name: 'Refusal',
    code: 'moon_phase',
    status: 409,
    message: 'Not tonight',
    retry: 'never',
    hint: 'Wait.',
    requestId: 'r-7',
  })
})

test('what a proxy answers in between goes by its status', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('tracker GET', (_, response) => response.writeHead(502).end('<html>'))
  assert.deepEqual((await demo.listPage()).files, [])

  world.next('tracker GET', (_, response) => response.writeHead(418).end('<html>'))
  await assert.rejects(demo.listPage(), { code: 'http_418', retry: 'never' })
})

test('a URL that is no tracker is said to be none', async () => {
  await using server = await httpServer((_, response) => response.end('<html>'))
  const demo = connect({ url: server.url, key: 'k', clock: testClock() }).domain('demo')
  await assert.rejects(demo.listPage(), (error) => {
    assert.ok(error instanceof Refusal)
    assert.equal(error.code, 'strange_answer')
    assert.match(error.hint ?? '', /Check the URL/)
    return true
  })
})

test('what makes a secret is not asked again where it may have been done', async () => {
  await using world = await standIn()
  const { client } = demoOf(world)
  world.next('tracker POST /v1/admin/hosts', dies)
  await assert.rejects(client.admin.hosts.add('a'), { name: 'Unreachable', maybeDone: true })
  assert.deepEqual(world.asked, ['tracker POST /v1/admin/hosts'])

  const added = { hostId: 1, name: 'a', enrollmentToken: 'enroll_x' }
  world.next('tracker POST /v1/admin/hosts', (_, response) => answerJson(response, 201, added))
  const url = [await deadUrl(), world.url]
  const second = connect({ url, key: world.key, clock: testClock() })
  assert.deepEqual(await second.admin.hosts.add('a'), added)
})

test('no message tells a ticket', async () => {
  await using world = await standIn({ nodes: 1 })
  const { demo } = demoOf(world)
  for (let opens = 0; opens < 2; opens++) world.next('node1 PUT', dies)
  await assert.rejects(demo.put('k', 'hello'), (error) => {
    assert.ok(error instanceof Refusal)
    assert.match(error.message, /\/dev1\//)
    assert.doesNotMatch(error.message, /secret/)
    return true
  })
})
