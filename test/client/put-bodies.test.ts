// What is stored: every kind of body, sent as often as nodes need it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
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
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        clock.advance(3_600_000)
        const { value } = await stream.read()
        if (value === undefined) controller.close()
        else controller.enqueue(value)
      },
    })
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
