// Many files in one request: each has its own answer or its own problem, in a constant number of
// statements.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import type { BatchVerb } from '#shared/wire/batch.ts'
import { BatchAnswer } from '#shared/wire/batch.ts'
import { Deleted, FileDetail } from '#shared/wire/files.ts'
import { Closed, Upload } from '#shared/wire/uploads.ts'
import { measured, type World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { atOnce } from './at-once.ts'
import { assertRowsSound, assertSettled } from './invariants.ts'

const path = '/v1/domains/demo/batch'

/** Of each item its answer, or its problem's code. */
async function batch<Schema extends z.ZodType>(
  world: World,
  verb: BatchVerb,
  answer: Schema,
  items: readonly unknown[],
  at = 0,
) {
  const json = { [verb]: items }
  const { results } = await world.ask(BatchAnswer(answer), 'POST', path, { json, at })
  assert.equal(results.length, items.length)
  return results.map(({ answer: said, problem }) => problem?.code ?? said)
}

/** As a client stores: opens, writes to the first target, closes. */
async function storeAll(world: World, keys: readonly string[], text: string, at = 0) {
  const items = keys.map((key) => ({ key, bytes: Buffer.byteLength(text) }))
  const uploads = await batch(world, 'open', Upload, items, at)
  const closes = uploads.map((upload) => {
    assert.ok(typeof upload === 'object')
    const stored = world.write(upload, text)
    const { fid, deviceId } = stored
    return { fid, deviceId, receipt: world.hostOf(deviceId).receipt(stored) }
  })
  return { closes, closed: await batch(world, 'close', Closed, closes, at) }
}

test('a thousand files are stored, looked at and deleted, one request a step', async () => {
  await using world = await trackerWorld()
  const keys = Array.from({ length: 1_000 }, (_, n) => `many/${n}`)
  const { closes, closed } = await storeAll(world, keys, 'hello')
  assert.deepEqual(
    closed,
    closes.map(({ fid }) => ({ fid, replacedFid: null })),
  )
  const items = keys.toReversed().map((key) => ({ key }))
  const found = await batch(world, 'stat', FileDetail, items)
  const { checksum } = measured('hello')
  for (const [at, file] of found.entries()) {
    assert.ok(typeof file === 'object')
    assert.deepEqual(
      [file.key, file.checksum, file.deviceIds.length],
      [items[at]?.key, checksum, 1],
    )
  }
  const deleted = await batch(world, 'delete', Deleted, items)
  assert.deepEqual(
    deleted,
    found.map((file) => typeof file === 'object' && { fid: file.fid }),
  )
  await world.settle()
  await assertSettled(world)
})

const names = (many: number) => Array.from({ length: many }, (_, n) => `key ${n}`)

test('a batch costs a constant number of statements, however many files are in it', async () => {
  await using world = await trackerWorld()
  const { db } = world.tracker()
  await storeAll(world, ['warm'], 'x')
  const costOf = async (keys: readonly string[]) => {
    const before = db.statements()
    await storeAll(world, keys, 'x')
    const items = [...keys, 'none'].map((key) => ({ key }))
    await batch(world, 'stat', FileDetail, items)
    await batch(world, 'delete', Deleted, items)
    return db.statements() - before
  }
  assert.equal(await costOf(names(2)), 6)
  assert.equal(await costOf(names(300)), 6)
})

test('an item that is refused spoils nothing for the others', async () => {
  await using world = await trackerWorld()
  const { fid } = await world.put('there')
  const opened = await batch(world, 'open', Upload, [
    { key: '' },
    { key: 'a', class: 'none' },
    { key: 'there', ifNoneMatch: ['*'] },
    { key: 'there', ifMatch: [String(fid)] },
    { key: 'b', bytes: 10 ** 13 },
    'what?',
    { key: 'c', colour: 'red' },
  ])
  const [, , , open, ...others] = opened
  assert.deepEqual(opened.slice(0, 3), ['invalid_key', 'unreg_class', 'precondition_failed'])
  assert.deepEqual(others, ['no_devices', 'invalid_request', 'invalid_request'])
  assert.ok(typeof open === 'object')

  const stored = world.write(open, 'again')
  const { deviceId } = stored
  const receipt = world.hostOf(deviceId).receipt(stored)
  assert.deepEqual(
    await batch(world, 'close', Closed, [
      { fid: 999, deviceId, receipt },
      { fid: open.fid, deviceId, receipt, bytes: 1 },
      { fid: open.fid, deviceId, receipt: 'x' },
      { fid: open.fid, deviceId: 77, receipt },
      { fid: open.fid, deviceId },
    ]),
    ['invalid_receipt', 'size_mismatch', 'invalid_receipt', 'invalid_destdev', 'invalid_request'],
  )
  const closed = { fid: open.fid, replacedFid: fid }
  const close = [{ fid: open.fid, deviceId, receipt }]
  assert.deepEqual(await batch(world, 'close', Closed, close), [closed])
  assert.deepEqual(await batch(world, 'close', Closed, close), [closed], 'and once more')

  assert.deepEqual(
    await batch(world, 'delete', Deleted, [
      { key: 'there', ifMatch: ['1'] },
      { key: 'none' },
      { key: 'none' },
      {},
    ]),
    ['precondition_failed', 'unknown_key', 'key_in_batch', 'invalid_request'],
  )
  await assertRowsSound(world)
})

test('of two uploads of one key a batch closes one, the other waits for the next', async () => {
  await using world = await trackerWorld()
  const { closes, closed } = await storeAll(world, ['same', 'same'], 'x')
  const [first, second] = closes.toSorted((a, b) => a.fid - b.fid)
  assert.deepEqual(
    new Set(closed),
    new Set([{ fid: first?.fid, replacedFid: null }, 'key_in_batch']),
  )
  const again = await batch(world, 'close', Closed, [second])
  assert.deepEqual(again, [{ fid: second?.fid, replacedFid: first?.fid }])
  await world.settle()
  await assertSettled(world)
})

test('a batch has one verb, a limit, and the scope of its verb', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const item = { key: 'a' }
  const tooMany = Array.from({ length: 1_001 }, () => item)
  for (const json of [{}, { stat: [] }, { stat: [item], delete: [item] }, { stat: tooMany }])
    assert.equal((await world.call('POST', path, { json })).code, 'invalid_request')
  const elsewhere = '/v1/domains/nowhere/batch'
  for (const verb of ['open', 'delete', 'stat'])
    assert.equal(
      (await world.call('POST', elsewhere, { json: { [verb]: [item] } })).code,
      'unreg_domain',
    )

  const reader = { label: 'reader', scopes: ['read'] }
  const Key = z.object({ key: z.string() })
  const { key } = await world.ask(Key, 'POST', '/v1/admin/keys', { json: reader })
  const codeOf = async (verb: BatchVerb) =>
    (await world.call('POST', path, { key, json: { [verb]: [item] } })).code
  assert.deepEqual([await codeOf('stat'), await codeOf('delete')], [undefined, 'forbidden'])
  assert.deepEqual([await codeOf('open'), await codeOf('close')], ['forbidden', 'forbidden'])
  const stranger = await world.call('POST', path, { key: 'mog_x', json: 'anything' })
  assert.equal(stranger.code, 'unauthorized')
})

test('batches over the same keys, in any order, at two trackers, get through', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const keys = Array.from({ length: 60 }, (_, n) => `key ${n}`)
  await storeAll(world, keys, 'before')
  await atOnce(8, async (n) => {
    const mine = n % 2 === 0 ? keys : keys.toReversed()
    if (n % 4 < 2) await storeAll(world, mine, `text ${n}`, n % 2)
    else
      await batch(
        world,
        'delete',
        Deleted,
        mine.map((key) => ({ key })),
        n % 2,
      )
  })
  await world.settle()
  await assertSettled(world)
})
