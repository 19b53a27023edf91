// Storing through open, PUT and close, while nodes and trackers misbehave.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '#shared/client/refusal.ts'
import { MIB, megabytes } from './bodies.ts'
import { demoOf } from './demo.ts'
import { dies, refuses } from './http-server.ts'
import { putsOf, standIn } from './stand-in.ts'

test('a file lies on the first node and is known under its key', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  const result = await demo.put('a/../b c', 'hello', {
    class: 'thumb',
    contentType: 'text/plain',
    metadata: { author: 'Zoë' },
  })

  assert.equal(result.replacedFid, null)
  assert.equal(world.disks[0]?.get(result.fid)?.toString(), 'hello')
  const file = world.files.get('a/../b c')
  assert.deepEqual(
    [file?.fid, file?.class, file?.contentType, file?.metadata, file?.bytes, file?.checksum],
    [result.fid, 'thumb', 'text/plain', { author: 'Zoë' }, 5, result.checksum],
  )
})

test('a full disk sends the bytes to the next node', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('node1 PUT', refuses('disk_full'))

  const { fid, deviceId } = await demo.put('k', () => megabytes(4), { bytes: 4 * MIB })
  assert.equal(deviceId, 2)
  assert.equal(world.disks[1]?.get(fid)?.length, 4 * MIB)
  assert.deepEqual(putsOf(world), ['node1', 'node2'])
})

test('a node that dies in the middle of the body is left for the next', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('node1 PUT', (request) => {
    request.once('data', () => request.socket.resetAndDestroy())
  })
  const { fid } = await demo.put('k', () => megabytes(16), { bytes: 16 * MIB })
  assert.equal(world.disks[1]?.get(fid)?.length, 16 * MIB)
})

test('a node that hangs is left when it has shown no life for a minute', async () => {
  await using world = await standIn()
  const { demo, clock } = demoOf(world)
  world.next('node1 PUT', () => clock.advance(60_000))
  assert.equal((await demo.put('k', () => megabytes(16))).deviceId, 2)
})

test('a busy node is asked again after the time that it names', async () => {
  await using world = await standIn()
  const { demo, clock } = demoOf(world)
  world.next('node1 PUT', refuses('busy', { 'retry-after': '7' }))

  await demo.put('k', 'hello')
  assert.deepEqual(clock.waits, [7_000])
  assert.deepEqual(putsOf(world), ['node1', 'node1'])
})

test('a node that stays busy is left for the next', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  for (let tries = 0; tries < 3; tries++) world.next('node1 PUT', refuses('busy'))
  assert.equal((await demo.put('k', 'hello')).deviceId, 2)
})

test('a refusal for good ends the put, and the upload is given up', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('node1 PUT', refuses('ticket_invalid'))

  await assert.rejects(demo.put('k', 'hello'), { name: 'Refusal', code: 'ticket_invalid' })
  assert.deepEqual(putsOf(world), ['node1'])
  assert.equal(world.asked.at(-1), 'tracker DELETE /v1/domains/demo/uploads/1')
})

test('when no node takes the bytes there is one new open, and then the reasons', async () => {
  await using world = await standIn({ nodes: 2 })
  const { demo } = demoOf(world)
  world.next('node1 PUT', refuses('disk_full'))
  world.next('node2 PUT', dies)
  assert.equal((await demo.put('k', 'hello')).fid, 2, 'stored by the second open')

  for (let opens = 0; opens < 2; opens++) {
    world.next('node1 PUT', refuses('disk_full'))
    world.next('node2 PUT', refuses('device_unavailable'))
  }
  await assert.rejects(demo.put('k', 'hello'), (error) => {
    assert.ok(error instanceof Refusal)
    assert.equal(error.code, 'no_devices')
    assert.match(error.message, /no room for this file.*does not accept this now/)
    return true
  })
})

test('an expired ticket is replaced by a new open', async () => {
  await using world = await standIn({ nodes: 1 })
  const { demo } = demoOf(world)
  world.next('node1 PUT', refuses('ticket_expired'))
  assert.equal((await demo.put('k', 'hello')).fid, 2)
})

test('a close whose answer was lost is asked again, and nothing is stored twice', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  world.next('tracker POST /v1/domains/demo/uploads/1/close', dies)

  assert.equal((await demo.put('k', 'hello')).fid, 1)
  assert.deepEqual(putsOf(world), ['node1'])
})

test('an aborted put ends with the reason of its caller', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  const caller = new AbortController()
  const reason = new Error('the user went away')
  world.next('node1 PUT', () => caller.abort(reason))

  await assert.rejects(demo.put('k', 'hello', { signal: caller.signal }), reason)
  assert.deepEqual(putsOf(world), ['node1'])
})

test('a key that no server would take is refused before anybody is asked', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  for (const key of ['', 'a\0b', '\ud800', 'x'.repeat(1_025)])
    await assert.rejects(demo.put(key, 'hello'), { code: 'invalid_key', status: 400 })
  assert.deepEqual(world.asked, [])
})

test('a class that wants copies before the close has its bytes at as many nodes', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  const holders = (fid: number) => world.disks.map((disk) => disk.has(fid))
  const sure = { class: 'sure' }
  const whole = await demo.put('whole', 'hello', sure)
  assert.deepEqual(holders(whole.fid), [true, true, false])

  world.next('node2 PUT', refuses('disk_full'))
  const elsewhere = await demo.put('elsewhere', 'hello', sure)
  assert.deepEqual(holders(elsewhere.fid), [true, false, true])

  const streamed = await demo.put('streamed', new Blob(['hello']).stream(), sure)
  assert.deepEqual(holders(streamed.fid), [true, true, false])
})

test('a body that can be sent once is closed with one receipt: the close waits', async () => {
  await using world = await standIn()
  const { demo } = demoOf(world)
  const { fid } = await demo.put('k', megabytes(16), { bytes: 16 * MIB, class: 'sure' })
  assert.deepEqual(
    world.disks.map((disk) => disk.has(fid)),
    [true, false, false],
  )
})

test('a second node that fails does not fail the put', async () => {
  await using world = await standIn({ nodes: 2 })
  const { demo } = demoOf(world)
  world.next('node2 PUT', refuses('ticket_invalid'))
  const { fid } = await demo.put('k', 'hello', { class: 'sure' })
  assert.equal(world.files.get('k')?.fid, fid)
})
