// Giving an upload up: nothing stays in the namespace, and what arrived is erased.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NewDomain } from '#shared/wire/admin.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, placesOnDisks } from './invariants.ts'

const abort = (world: World, fid: number, domain = 'demo') =>
  world.call('DELETE', `/v1/domains/${domain}/uploads/${fid}`)

test('an upload that was given up is erased wherever it was offered, not closed', async () => {
  await using world = await trackerWorld()
  const upload = await world.open('a')
  const stored = world.write(upload, 'hello', 1)
  assert.equal((await abort(world, upload.fid)).status, 204)
  assert.equal((await world.close(stored)).code, 'no_temp_file')

  const jobs = await world.sql<{ device_id: number }>(
    `select device_id from job where kind = 'delete'`,
  )
  assert.deepEqual(
    new Set(jobs.map((job) => job.device_id)),
    new Set(upload.targets.map(({ deviceId }) => deviceId)),
  )
  await world.work()
  assert.deepEqual(placesOnDisks(world), new Set())
})

test('to give up twice, or what never was, is no error', async () => {
  await using world = await trackerWorld()
  const { fid } = await world.open('a')
  for (const each of [fid, fid, 999]) assert.equal((await abort(world, each)).status, 204)
})

test('an upload of another domain is left alone', async () => {
  await using world = await trackerWorld()
  await world.ask(NewDomain, 'POST', '/v1/admin/domains', { json: { name: 'other' } })
  const stored = world.write(await world.open('a'), 'hello')
  assert.equal((await abort(world, stored.fid, 'other')).status, 204)
  assert.equal((await world.close(stored)).status, 200)
})

test('what was closed is not given up any more', async () => {
  await using world = await trackerWorld()
  const { fid } = await world.put('a')
  assert.equal((await abort(world, fid)).status, 204)
  await world.settle()
  assert.equal((await world.call('GET', '/v1/domains/demo/info/a')).status, 200)
  assert.equal((await world.sql('select from replica')).length, 2)
})

test('of a close and an abort at once exactly one counts', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let n = 0; n < 25; n++) {
    const stored = world.write(await world.open(`key ${n}`), 'hello')
    const [closed] = await Promise.all([world.close(stored, 0), abort(world, stored.fid)])
    const info = await world.call('GET', `/v1/domains/demo/info/key%20${n}`)
    assert.equal(info.status, closed.status === 200 ? 200 : 404)
  }
  await world.settle()
  await assertSettled(world)
})
