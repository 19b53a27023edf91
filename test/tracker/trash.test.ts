// What was deleted or replaced can be listed and had back, as long as its class says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '#shared/client/connect.ts'
import { AddedApiKey } from '#shared/wire/admin.ts'
import { FileDetail } from '#shared/wire/files.ts'
import { Restored, TrashList } from '#shared/wire/trash.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, assertSound, placesOnDisks } from './invariants.ts'

const demo = '/v1/domains/demo'
const HOUR_S = 3_600

async function keepFor(world: World, trashS: number): Promise<void> {
  const path = '/v1/admin/domains/demo/classes/default'
  assert.equal((await world.call('PATCH', path, { json: { trashS } })).status, 200)
}

/** Files of the class `default` stay in the trash for an hour. */
async function keepingWorld(options: Parameters<typeof trackerWorld>[0] = {}) {
  const world = await trackerWorld(options)
  await keepFor(world, HOUR_S)
  return world
}

const trash = (world: World, query = '') => world.ask(TrashList, 'GET', `${demo}/trash${query}`)
const inTrash = async (world: World) => (await trash(world)).files.map(({ fid }) => fid)
const restore = (world: World, fid: number, json: object = {}) =>
  world.call('POST', `${demo}/trash/${fid}/restore`, { json })
const info = (world: World, key: string) => world.ask(FileDetail, 'GET', `${demo}/info/${key}`)
const remove = (world: World, key: string) => world.call('DELETE', `${demo}/files/${key}`)

/** Their hour in the trash is over. */
const outlive = (world: World) =>
  world.sql(`update tombstone set created_at = created_at - interval '1 day',
    erase_at = erase_at - interval '1 day'`)

test('a deleted file is had back as it was', async () => {
  await using world = await keepingWorld()
  await world.put('a', 'hello', { contentType: 'text/plain', metadata: { x: '1' } })
  await world.settle()
  const before = await info(world, 'a')
  await remove(world, 'a')
  await world.sweep()
  const [trashed] = (await trash(world)).files
  const { domain: _domain, deviceIds: _devices, ...known } = before
  assert.ok(trashed !== undefined)
  const { deletedAtMs, eraseAtMs, ...file } = trashed
  assert.deepEqual(file, known)
  assert.equal(eraseAtMs - deletedAtMs, HOUR_S * 1000)

  const answer = await restore(world, before.fid)
  assert.deepEqual(answer.body, { ...before, replacedFid: null })
  assert.deepEqual(await info(world, 'a'), before)
  assert.deepEqual(await inTrash(world), [])
  assert.deepEqual((await restore(world, before.fid)).body, answer.body, 'asked again')
  await world.settle()
  await assertSettled(world)
})

test('a replaced file is had back, and what replaced it goes to the trash in turn', async () => {
  await using world = await keepingWorld()
  const [first, second] = [await world.put('a', 'first'), await world.put('a', 'second')]
  assert.deepEqual(await inTrash(world), [first.fid])
  const back = Restored.parse((await restore(world, first.fid)).body)
  assert.deepEqual([back.fid, back.replacedFid], [first.fid, second.fid])
  assert.deepEqual(await inTrash(world), [second.fid])

  const elsewhere = Restored.parse((await restore(world, second.fid, { key: 'b' })).body)
  assert.deepEqual([elsewhere.key, elsewhere.replacedFid], ['b', null])
  assert.equal((await restore(world, second.fid, { key: 'c' })).code, 'not_in_trash')
  await world.settle()
  await assertSettled(world)
})

test('a restore can be told to replace nothing', async () => {
  await using world = await keepingWorld()
  const first = await world.put('a', 'first')
  const second = await world.put('a', 'second')
  const refused = await restore(world, first.fid, { ifNoneMatch: ['*'] })
  assert.deepEqual([refused.code, refused.status], ['precondition_failed', 412])
  assert.equal((await restore(world, first.fid, { ifMatch: ['999'] })).code, 'precondition_failed')
  assert.equal((await restore(world, first.fid, { ifMatch: [String(second.fid)] })).status, 200)
  await assertSound(world)
})

test('what has had its time cannot be had back, and is erased', async () => {
  await using world = await keepingWorld()
  const { fid } = await world.put('a')
  await remove(world, 'a')
  await world.settle().catch(() => undefined) // the tombstone stays
  assert.ok(placesOnDisks(world).size > 0)
  await outlive(world)
  assert.equal((await restore(world, fid)).code, 'not_in_trash')
  assert.deepEqual(await inTrash(world), [])
  await world.settle()
  assert.equal(placesOnDisks(world).size, 0)
})

test('a class without a window keeps nothing, and a new window is for new deletions', async () => {
  await using world = await trackerWorld()
  const { fid } = await world.put('a')
  await remove(world, 'a')
  assert.equal((await restore(world, fid)).code, 'not_in_trash')
  await keepFor(world, HOUR_S)
  assert.deepEqual(await inTrash(world), [])
})

test('an operator can have the trash erased at once, a key that deletes cannot', async () => {
  await using world = await keepingWorld()
  const { fid } = await world.put('a')
  await remove(world, 'a')
  const json = { label: 'web', scopes: ['read', 'write', 'list', 'delete'] }
  const { key } = await world.ask(AddedApiKey, 'POST', '/v1/admin/keys', { json })
  const path = `${demo}/trash/${fid}`
  assert.equal((await world.call('DELETE', path, { key })).code, 'forbidden')
  assert.deepEqual((await world.call('DELETE', path)).body, { fid })
  assert.equal((await world.call('DELETE', path)).code, 'not_in_trash')
  assert.equal((await restore(world, fid)).code, 'not_in_trash')
  await world.settle()
  assert.equal(placesOnDisks(world).size, 0)
})

test('a file whose class is gone comes back in the default one, and is copied', async () => {
  await using world = await keepingWorld()
  const classes = '/v1/admin/domains/demo/classes'
  await world.call('POST', classes, { json: { name: 'brief', copies: 1, trashS: HOUR_S } })
  const { fid } = await world.put('a', 'a', { class: 'brief' })
  await remove(world, 'a')
  assert.equal((await world.call('DELETE', `${classes}/brief`)).status, 204)
  assert.equal((await trash(world)).files[0]?.class, null)
  const back = Restored.parse((await restore(world, fid)).body)
  assert.equal(back.class, 'default')
  await world.settle()
  assert.equal((await info(world, 'a')).deviceIds.length, 2)
  await assertSettled(world)
})

test('a file of which no copy is left is not had back', async () => {
  await using world = await keepingWorld()
  const { fid, deviceId } = await world.put('a', 'a')
  await remove(world, 'a')
  await world.mark('devices', deviceId, 'dead')
  assert.deepEqual([(await restore(world, fid)).code], ['no_copy_left'])
  await assertSound(world)
})

const cursor = ({ after, afterFid }: NonNullable<TrashList['next']>) =>
  `&after=${after}&afterFid=${afterFid}`

test('the trash is listed by key and revision, below a prefix, page by page', async () => {
  await using world = await keepingWorld({ hosts: 1 })
  for (const text of ['1', '2', '3'])
    for (const key of ['b', 'a/1', 'a/2']) await world.put(key, text)
  const all = await trash(world)
  const names = all.files.map(({ key, fid }) => `${key} ${fid}`)
  assert.deepEqual([all.next, names.length], [null, 6])
  assert.deepEqual(names, ['a/1 2', 'a/1 5', 'a/2 3', 'a/2 6', 'b 1', 'b 4'])

  const pages: string[] = []
  let query: string | undefined = '?prefix=a/&limit=1'
  while (query !== undefined) {
    const { files, next }: TrashList = await trash(world, query)
    pages.push(...files.map(({ key, fid }) => `${key} ${fid}`))
    query = next === null ? undefined : `?prefix=a/&limit=1${cursor(next)}`
  }
  assert.deepEqual(pages, names.slice(0, 4))
  const codeOf = async (path: string) => (await world.call('GET', path)).code
  assert.equal(await codeOf(`${demo}/trash?prefix=a&after=b`), 'after_mismatch')
  assert.equal(await codeOf('/v1/domains/nowhere/trash'), 'unreg_domain')
  assert.equal((await restore(world, 999)).code, 'not_in_trash')
  const nowhere = await world.call('POST', '/v1/domains/nowhere/trash/1/restore', { json: {} })
  assert.equal(nowhere.code, 'unreg_domain')
})

test('the SDK lists, restores and erases', async () => {
  await using world = await keepingWorld({ hosts: 1 })
  for (const text of ['1', '2', '3']) await world.put('a', text)
  const { trash: bin } = connect({ url: world.tracker().url, key: world.adminKey }).domain('demo')
  const found: number[] = []
  for await (const { fid } of bin.list({ prefix: 'a' })) found.push(fid)
  assert.deepEqual(found, [1, 2])
  await assert.rejects(bin.restore(1, { ifNoneMatch: '*' }), { code: 'precondition_failed' })
  assert.equal((await bin.restore(1, { key: 'b' })).key, 'b')
  assert.deepEqual(await bin.erase(2), { fid: 2 })
  await assert.rejects(bin.erase(2), { code: 'not_in_trash' })
})

test('a copy of a file in the trash is called off, and holds nothing else up', async () => {
  await using world = await keepingWorld()
  const { fid } = await world.put('a')
  const [ordered] = await world.sql<{ device_id: number }>('select device_id from job')
  assert.ok(ordered !== undefined)
  await remove(world, 'a')

  const [job, ...others] = await world.hostOf(ordered.device_id).take()
  assert.deepEqual([job?.kind, job?.fid, others], ['delete', fid, []])
  assert.ok(job !== undefined)
  await world.hostOf(ordered.device_id).done(job)
  assert.deepEqual(await world.sql('select from job'), [])

  assert.equal((await restore(world, fid)).status, 200)
  await world.settle()
  await assertSettled(world)
})

test('a copy of a file in the trash that has arrived is not erased', async () => {
  await using world = await keepingWorld()
  const { fid, deviceId } = await world.put('a')
  await world.settle()
  await world.sql(
    `insert into job (host_id, kind, fid, device_id, priority)
      select host_id, 'replicate', $1, device_id, 2 from device where device_id = $2`,
    fid,
    deviceId,
  )
  await remove(world, 'a')
  assert.deepEqual(await world.hostOf(deviceId).take(), [])
  await world.work()
  assert.ok(world.hostOf(deviceId).disk(deviceId).has(fid))
})

test('the trash of a domain goes with it, and its bytes with the next sweep', async () => {
  await using world = await keepingWorld()
  await world.put('a')
  await world.settle()
  await remove(world, 'a')
  assert.equal((await inTrash(world)).length, 1)
  await world.sweep()
  await world.work()
  assert.equal(placesOnDisks(world).size, 2, 'kept for now')

  assert.equal((await world.call('DELETE', '/v1/admin/domains/demo')).status, 204)
  await world.settle()
  assert.equal(placesOnDisks(world).size, 0)
  assert.deepEqual(await world.sql('select from tombstone'), [])
})
