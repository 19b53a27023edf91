// What is stored: every kind of body, sent as often as nodes need it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { MAX_REPLAY_BYTES } from '#shared/client/limits.ts'
import { Unreachable } from '#shared/client/unreachable.ts'
import { MIB, megabytes } from './bodies.ts'
import { demoOf } from './demo.ts'
import { answerJson, refuses } from './http-server.ts'
import { putsOf, standIn } from './stand-in.ts'

test('every kind of body arrives as it is', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  const bytes = new TextEncoder().encode('grüße')
  const bodies = {
    text: 'grüße',
    bytes,
    blob: new Blob([bytes]),
    stream: new Blob([bytes]).stream(),
    'function of a stream': () => new Blob([bytes]).stream(),
    'function of a promise': () => new Response(bytes).blob(),
  }
  for (const [key, body] of Object.entries(bodies)) {
    const { fid } = await demo.put(key, body)
    assert.equal(world.disks[0]?.get(fid)?.toString(), 'grüße', key)
  }
})

test('a producer may take its time: only the node is held to hours', async () => {
  await using world = await standIn()
  const { demo, clock } = demoOf(world)
  const slow = () => {
    const stream = megabytes(3).getReader()
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      clock.advance(3_600_000)
      const { value } = await stream.read()
      if (value === undefined) controller.close()
      else controller.enqueue(value)
    }
    return new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 }) // nothing ahead of time
  }
  assert.equal((await demo.put('k', slow)).bytes, 3 * MIB)
  assert.deepEqual(putsOf(world), ['node1'])
})

test('bytes that were damaged on the way are sent to another node', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  const damaged = `SHA-256:${'0'.repeat(64)}`
  world.next('node1 PUT', (request, response) => {
    request.resume().once('end', () => {
      const stored = { fid: 1, deviceId: 1, bytes: 5, checksum: damaged, receipt: 'r' }
      answerJson(response, 201, stored)
    })
  })
  const checksum = `SHA-256:${createHash('sha256').update('hello').digest('hex')}`
  const result = await demo.put('k', 'hello', { checksum: () => checksum })
  assert.deepEqual([result.deviceId, result.checksum], [2, checksum])
})

test('a node that stored less than it was sent is not believed', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('node1 PUT', (request, response) => {
    const checksum = `SHA-256:${'0'.repeat(64)}`
    const stored = { fid: 1, deviceId: 1, bytes: 4, checksum, receipt: 'r' }
    request.resume().once('end', () => answerJson(response, 201, stored))
  })
  assert.equal((await demo.put('k', 'hello')).deviceId, 2)
})

test('a body that cannot be read is not blamed on the nodes', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  const unreadable = new Error('EIO: the disk under the body')
  const body = () => new ReadableStream<Uint8Array>({ pull: () => Promise.reject(unreadable) })

  await assert.rejects(demo.put('k', body), unreadable)
  assert.ok(putsOf(world).length <= 1)
  await assert.rejects(
    demo.put('k', () => megabytes(1), { bytes: 2 * MIB }),
    /gave 1048576 bytes; 2097152 were announced/,
  )
})

test('a node that dies while the body is still being made is left for the next', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('node1 PUT', (request) => {
    request.once('data', () => request.socket.resetAndDestroy())
  })
  let tries = 0
  const body = () => {
    const isStuck = ++tries === 1
    let given = 0
    return new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (given === 1 && isStuck) return new Promise(() => undefined)
        if (given++ < 2) controller.enqueue(new Uint8Array(MIB))
        else controller.close()
        return undefined
      },
    })
  }
  assert.equal((await demo.put('k', body, { bytes: 2 * MIB })).deviceId, 2)
})

test('a node that refuses at once is not sent the rest', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('node1 PUT', (request, response) => {
    request.once('data', () => refuses('disk_full')(request, response))
  })
  const dropped = Promise.withResolvers<undefined>()
  let tries = 0
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(MIB)),
      cancel: () => dropped.resolve(undefined),
    })
  const { deviceId } = await demo.put('k', () => (++tries === 1 ? endless() : megabytes(1)))
  assert.equal(deviceId, 2)
  await dropped.promise
})

test('a bare stream is sent again while its beginning is kept', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('node1 PUT', refuses('disk_full'))
  const { fid } = await demo.put('k', megabytes(4))
  assert.equal(world.disks[1]?.get(fid)?.length, 4 * MIB)

  let received = 0
  world.next('node1 PUT', (request) => {
    request.on('data', (chunk: Buffer) => {
      received += chunk.length
      if (received > MAX_REPLAY_BYTES) request.socket.resetAndDestroy()
    })
  })
  await assert.rejects(demo.put('k', megabytes(32)), Unreachable)
})

test('a bare stream whose beginning is gone is not even sent to the same node again', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('node1 PUT', (request, response) => {
    request.resume().once('end', () => refuses('busy')(request, response))
  })
  await assert.rejects(demo.put('k', megabytes(16)), { code: 'busy' })
  assert.deepEqual(putsOf(world), ['node1'])
})

test('when a put has ended nobody is waited for, although its body is stuck', async () => {
  await using world = await standIn({ nodes: 1 })
  const { demo, clock } = demoOf(world)
  world.next('node1 PUT', (request, response) => {
    request.once('data', () => refuses('ticket_invalid')(request, response))
  })
  let given = 0
  const stuck = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) =>
        given++ === 0 ? controller.enqueue(new Uint8Array(1)) : new Promise(() => undefined),
    })
  await assert.rejects(demo.put('k', stuck), { code: 'ticket_invalid' })
  await setImmediate()
  assert.equal(clock.sleeping(), 0)
})

test('progress counts what each try has sent', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('node1 PUT', (request, response) => {
    request.resume().once('end', () => refuses('disk_full')(request, response))
  })
  const seen: number[] = []
  await demo.put('k', new Blob([new Uint8Array(100)]), { onProgress: (sent) => seen.push(sent) })
  assert.deepEqual(seen, [100, 100])
})
