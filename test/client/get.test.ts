// Reading through paths, while copies are missing, damaged or dying.
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { Refusal } from '#shared/client/refusal.ts'
import { Paths } from '#shared/wire/files.ts'
import { demoOf } from './demo.ts'
import { dies, refuses } from './http-server.ts'
import { type StandIn, standIn } from './stand-in.ts'

const text = 'the quick brown fox'

/** A cluster whose nodes all hold one file, under the key `fox`. */
async function foxOn(nodes: number) {
  const world = await standIn({ nodes })
  const made = demoOf(world)
  const { fid } = await made.demo.put('fox', text)
  for (const disk of world.disks) disk.set(fid, Buffer.from(text))
  world.asked.length = 0
  return { world, fid, ...made }
}

const getsOf = (world: StandIn) =>
  world.asked.filter((line) => line.includes(' GET /dev')).map((line) => line.split(' ')[0])

/** Announces the whole file, gives its beginning, and then does something else. */
const gives =
  (beginning: string, then: (response: ServerResponse) => void) =>
  (_: unknown, response: ServerResponse) => {
    response.writeHead(200, { 'content-length': text.length })
    response.write(beginning, () => then(response))
  }

test('a file is read from the best copy, without a question to a node in between', async () => {
  const { world, demo, fid } = await foxOn(2)
  await using _ = world
  const response = await demo.get('fox')
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('mog-fid'), String(fid))
  assert.equal(response.headers.get('content-length'), String(text.length))
  assert.equal(await response.text(), text)
  assert.match(world.asked[0] ?? '', /^tracker GET .*noverify=1/)
  assert.deepEqual(getsOf(world), ['node1'])
})

test('a part of a file is read as HTTP counts it', async () => {
  const { world, demo } = await foxOn(1)
  await using _ = world
  const response = await demo.get('fox', { range: { first: 4, last: 8 } })
  assert.deepEqual([response.status, await response.text()], [206, 'quick'])
  assert.equal(await (await demo.get('fox', { range: { first: 16 } })).text(), 'fox')
  assert.equal(await (await demo.get('fox', { range: { first: 16, last: 99 } })).text(), 'fox')
  await assert.rejects(demo.get('fox', { range: { first: 99 } }), { code: 'range_not_satisfiable' })
})

test('a missing copy and a dead node are left for the next', async () => {
  const { world, demo } = await foxOn(3)
  await using _ = world
  world.next('node1 GET', refuses('unknown_fid'))
  world.next('node2 GET', dies)
  assert.equal(await (await demo.get('fox')).text(), text)
  assert.deepEqual(getsOf(world), ['node1', 'node2', 'node3'])
})

test('when a copy dies in the middle another goes on at the byte where it was', async () => {
  const { world, demo } = await foxOn(3)
  await using _ = world
  world.next(
    'node1 GET',
    gives('the ', (response) => response.destroy()),
  )
  let asked: string | undefined
  world.next('node2 GET', (request, response) => {
    asked = request.headers.range
    response.writeHead(206, { 'content-length': text.length - 4 })
    response.write('quick', () => response.destroy())
  })
  assert.equal(await (await demo.get('fox')).text(), text)
  assert.equal(asked, 'bytes=4-')
  assert.deepEqual(getsOf(world), ['node1', 'node2', 'node3'])
})

test('the part of a file outlives a copy too', async () => {
  const { world, demo } = await foxOn(2)
  await using _ = world
  world.next('node1 GET', (__, response) => {
    response.writeHead(206, { 'content-length': 5 }).write('qu', () => response.destroy())
  })
  const response = await demo.get('fox', { range: { first: 4, last: 8 } })
  assert.equal(await response.text(), 'quick')
})

test('a copy that is too short is not taken for the whole', async () => {
  const { world, demo } = await foxOn(2)
  await using _ = world
  world.disks[0]?.set(1, Buffer.from('the quick'))
  assert.equal(await (await demo.get('fox')).text(), text)
  assert.deepEqual(getsOf(world), ['node1', 'node2'])
})

test('a node that knows no ranges cannot go on with a file', async () => {
  const { world, demo } = await foxOn(3)
  await using _ = world
  world.next(
    'node1 GET',
    gives('the ', (response) => response.destroy()),
  )
  world.next(
    'node2 GET',
    gives(text, (response) => response.end()),
  )
  assert.equal(await (await demo.get('fox')).text(), text)
  assert.deepEqual(getsOf(world), ['node1', 'node2', 'node3'])
})

test('a node that falls silent in the middle is left after a while', async () => {
  const { world, demo, clock } = await foxOn(2)
  await using _ = world
  world.next(
    'node1 GET',
    gives('the ', () => undefined),
  )
  const response = await demo.get('fox')
  const body: ReadableStream<Uint8Array> | null = response.body
  const reader = body?.getReader()
  assert.equal(Buffer.from((await reader?.read())?.value ?? '').toString(), 'the ')

  const rest = reader?.read()
  await clock.untilAsleep()
  clock.advance(15_000)
  assert.equal(Buffer.from((await rest)?.value ?? '').toString(), text.slice(4))
})

test('when every copy has failed the tracker is asked again, and verifies the first', async () => {
  const { world, demo } = await foxOn(2)
  await using _ = world
  world.next('node1 GET', refuses('ticket_expired'))
  world.next('node2 GET', refuses('device_unavailable'))
  assert.equal(await (await demo.get('fox')).text(), text)
  const questions = world.asked.filter((line) => line.startsWith('tracker'))
  assert.deepEqual(
    questions.map((line) => line.includes('noverify')),
    [true, false],
  )
})

test('when no copy can be read the last reason is told', async () => {
  const { world, demo } = await foxOn(1)
  await using _ = world
  world.disks[0]?.clear()
  await assert.rejects(demo.get('fox'), (error) => {
    assert.ok(error instanceof Refusal)
    assert.equal(error.code, 'no_readable_replica')
    assert.match(error.message, /does not hold that file/)
    return true
  })
})

test('two revisions of a file are never mixed', async () => {
  const { world, demo } = await foxOn(1)
  await using _ = world
  world.next(
    'node1 GET',
    gives('the ', (response) => response.destroy()),
  )
  const response = await demo.get('fox')
  const reader = response.body?.getReader()
  await reader?.read()
  await demo.put('fox', 'THE QUICK BROWN FOX')
  await assert.rejects(Promise.resolve(reader?.read()), /replaced while it was read/)
})

test('a reader that found a copy damaged turns to another, whatever the order', async () => {
  const { world, demo } = await foxOn(3)
  await using _ = world
  const headers = { authorization: `Bearer ${world.key}` }
  const asked = await fetch(`${world.url}/v1/domains/demo/paths?key=fox&count=3`, { headers })
  const found = Paths.parse(await asked.json())
  const avoid = new Set<string>()
  for (const order of ['123', '132', '312', '231']) {
    const paths = Array.from(order, (node) => found.paths[Number(node) - 1])
    world.next('tracker GET', (_request, response) => {
      response.end(JSON.stringify({ ...found, paths }))
    })
    const response = await demo.get('fox', { avoid })
    await response.text()
    avoid.add(response.headers.get('mog-copy') ?? '')
  }
  assert.deepEqual(getsOf(world), ['node1', 'node3', 'node2', 'node2'], 'and to any in the end')
})

test('a ticket that is not for us is not tried at other nodes', async () => {
  const { world, demo } = await foxOn(2)
  await using _ = world
  world.next('node1 GET', refuses('ticket_invalid'))
  await assert.rejects(demo.get('fox'), { code: 'ticket_invalid' })
  assert.deepEqual(getsOf(world), ['node1'])
})

test('an aborted read ends with the reason of its caller', async () => {
  const { world, demo } = await foxOn(2)
  await using _ = world
  const caller = new AbortController()
  world.next(
    'node1 GET',
    gives('the ', () => undefined),
  )
  const reader = (await demo.get('fox', { signal: caller.signal })).body?.getReader()
  await reader?.read()
  const rest = reader?.read()
  const reason = new Error('the user went away')
  caller.abort(reason)
  await assert.rejects(Promise.resolve(rest), reason)
  assert.deepEqual(getsOf(world), ['node1'])
})

test('an abort has the last word, also when no copy is left', async () => {
  const { world, demo } = await foxOn(1)
  await using _ = world
  world.next(
    'node1 GET',
    gives('the ', (response) => response.destroy()),
  )
  world.next('node1 GET', (__, response) => {
    response.writeHead(206, { 'content-length': text.length - 4 }).write('quick')
  })
  const caller = new AbortController()
  const reader = (await demo.get('fox', { signal: caller.signal })).body?.getReader()
  await reader?.read()
  await reader?.read()
  const reason = new Error('the user went away')
  caller.abort(reason)
  await assert.rejects(Promise.resolve(reader?.read()), reason)
})

test('an empty file is read', async () => {
  const { world, demo } = await foxOn(1)
  await using _ = world
  await demo.put('empty', '')
  assert.equal(await (await demo.get('empty')).text(), '')
})
