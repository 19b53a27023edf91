// A class may want several durable copies before a close is answered: the client brings their
// receipts along, or the close waits for the agents, for so long and no longer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFidPath } from '#shared/fid-path.ts'
import { FileDetail } from '#shared/wire/files.ts'
import type { Upload } from '#shared/wire/uploads.ts'
import type { Answer } from '../support/tracker-call.ts'
import { measured, type StoredFile, type World } from '../support/tracker-world.ts'
import { untilTrue } from '../support/until-true.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf } from './at-once.ts'
import { assertSettled, assertSound } from './invariants.ts'

const demo = '/v1/domains/demo'
const devicesOf = async (world: World, key: string) =>
  (await world.ask(FileDetail, 'GET', `${demo}/info/${key}`)).deviceIds

/** Three hosts, and a class `sure` of three copies, of which two are awaited. */
async function sureWorld(trackers = 1) {
  const world = await trackerWorld({ hosts: 3, trackers })
  const json = { name: 'sure', copies: 3, commitAt: 2 }
  assert.equal((await world.call('POST', '/v1/admin/domains/demo/classes', { json })).status, 201)
  return world
}

/** A client that stored on several targets. */
function closeWith(world: World, [first, ...others]: StoredFile[], at = 0): Promise<Answer> {
  assert.ok(first !== undefined)
  const receiptOf = (stored: StoredFile) => ({
    deviceId: stored.deviceId,
    receipt: world.hostOf(stored.deviceId).receipt(stored),
  })
  const json = { ...receiptOf(first), receipts: others.map(receiptOf) }
  return world.call('POST', `${demo}/uploads/${first.fid}/close`, { json, at })
}

const storeOn = (world: World, upload: Upload, targets: readonly number[]) =>
  targets.map((target) => world.write(upload, 'hello', target))

/** Its answer; meanwhile time goes on. */
async function inTime(world: World, asked: Promise<Answer>): Promise<Answer> {
  const over = new AbortController()
  const answer = asked.finally(() => over.abort())
  while (!over.signal.aborted) {
    world.clock.advance(100)
    await new Promise(setImmediate)
  }
  return answer
}

const isLinked = async (world: World) => (await world.sql('select from file')).length > 0

test('an open tells how many copies the close wants; their receipts answer at once', async () => {
  await using world = await sureWorld()
  const upload = await world.open('a', { class: 'sure' })
  assert.equal(upload.commitAt, 2)
  assert.equal((await world.open('b')).commitAt, 1)
  const stored = storeOn(world, upload, [2, 0])
  const closed = await closeWith(world, stored)
  assert.deepEqual(closed.body, { fid: upload.fid, replacedFid: null })
  const devices = stored.map(({ deviceId }) => deviceId)
  assert.deepEqual(new Set(await devicesOf(world, 'a')), new Set(devices))
  const jobs = await world.sql<{ device_id: number }>('select device_id from job')
  assert.deepEqual(jobs, [{ device_id: upload.targets[1]?.deviceId }], 'the third is ordered')
  await world.settle()
  assert.equal((await devicesOf(world, 'a')).length, 3)
  await world.sql('delete from upload')
  await assertSettled(world)
})

test('a close with one receipt waits until an agent has made the other copy', async () => {
  await using world = await sureWorld()
  const upload = await world.open('a', { class: 'sure' })
  const asked = closeWith(world, storeOn(world, upload, [0]))
  await untilTrue(() => isLinked(world), 'to be linked')
  await world.work()
  assert.equal((await inTime(world, asked)).status, 200)
  assert.equal((await devicesOf(world, 'a')).length, 3)
})

test('a close that waited in vain says so; nothing is lost, asked again it goes on', async () => {
  await using world = await sureWorld()
  const stored = storeOn(world, await world.open('a', { class: 'sure' }), [0])
  const refused = await inTime(world, closeWith(world, stored))
  assert.deepEqual([refused.code, refused.status], ['copies_pending', 503])
  assert.equal(refused.headers.get('retry-after'), '1')
  assert.equal((await devicesOf(world, 'a')).length, 1, 'the file is there')
  await world.work()
  assert.equal((await closeWith(world, stored)).status, 200)
  await world.settle()
  await assertSettled(world)
})

test('a close that waits for copies of what was replaced meanwhile is answered', async () => {
  await using world = await sureWorld()
  const [upload, other] = [
    await world.open('a', { class: 'sure' }),
    await world.open('a', { class: 'sure' }),
  ]
  const asked = closeWith(world, storeOn(world, upload, [0]))
  await untilTrue(() => isLinked(world), 'to be linked')
  assert.equal((await closeWith(world, storeOn(world, other, [0, 1]))).status, 200)
  assert.equal((await inTime(world, asked)).status, 200)
})

test('a one-step put waits at its node, and so does a batch', async () => {
  await using world = await sureWorld()
  const put = await world.call('PUT', `${demo}/files/a?class=sure`, { body: 'hello' })
  const place = parseFidPath(new URL(put.headers.get('location') ?? '').pathname)
  assert.ok(place !== undefined)
  const host = world.hostOf(place.deviceId)
  host.disk(place.deviceId).add(place.fid)
  const receipt = host.receipt({ ...place, ...measured('hello') })
  const early = await inTime(world, host.ask('commit', { ...place, receipt }))
  assert.equal(early.code, 'copies_pending')
  const items = [{ ...place, receipt }]
  const again = await inTime(world, world.call('POST', `${demo}/batch`, { json: { close: items } }))
  assert.match(JSON.stringify(again.body), /"copies_pending"/)
  await world.work()
  assert.equal((await host.ask('commit', { ...place, receipt })).status, 200)
})

test('receipts that do not say the same are refused, a device that is gone is none', async () => {
  await using world = await sureWorld()
  const upload = await world.open('a', { class: 'sure' })
  const [first, second] = storeOn(world, upload, [0, 1])
  assert.ok(first !== undefined && second !== undefined)
  const other = { ...second, ...measured('other') }
  assert.equal((await closeWith(world, [first, other])).code, 'checksum_mismatch')

  await world.mark('devices', second.deviceId, 'dead')
  const refused = await inTime(world, closeWith(world, [first, second]))
  assert.equal(refused.code, 'copies_pending')
  assert.deepEqual(await devicesOf(world, 'a'), [first.deviceId])
})

test('closes of one upload with other receipts each, at two trackers, are one close', async () => {
  await using world = await sureWorld(2)
  for (let round = 0; round < 6; round++) {
    const stored = storeOn(world, await world.open('a', { class: 'sure' }), [0, 1, 2])
    const [a, b, c] = stored
    assert.ok(a !== undefined && b !== undefined && c !== undefined)
    const answers = await allOf([
      closeWith(world, [a, b], 0),
      closeWith(world, [b, c], 1),
      closeWith(world, [c, b, a], round % 2),
    ])
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  }
  await assertSound(world)
})
