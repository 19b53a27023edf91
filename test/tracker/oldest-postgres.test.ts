// The life of a cluster on the oldest PostgreSQL that we support: it ends as on the newest.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileList } from '#shared/wire/files.ts'
import { skipOldest } from '../support/database.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, placesIn } from './invariants.ts'

test('files are stored, copied, replaced, moved, lost and healed', {
  skip: skipOldest,
}, async () => {
  await using world = await trackerWorld({ hosts: 4, trackers: 2, postgres: 'oldest' })
  const [version] = await world.sql<{ server_version: string }>('show server_version')
  assert.match(version?.server_version ?? '', /^15\./)

  const keys = Array.from({ length: 30 }, (_, n) => `dir-${n % 3}/${n}`)
  await Promise.all(keys.map((key, n) => world.put(key, key, {}, n % 2)))
  await Promise.all(keys.slice(0, 20).map((key, n) => world.put(key, `again ${key}`, {}, n % 2)))
  await Promise.all(
    keys
      .slice(0, 5)
      .map((key) => world.call('DELETE', `/v1/domains/demo/file?key=${encodeURIComponent(key)}`)),
  )
  const renamed = { json: { key: 'renamed' } }
  assert.equal((await world.call('PATCH', '/v1/domains/demo/files/dir-2/29', renamed)).status, 200)
  const kept = { json: { trashS: 3_600 } }
  const itsClass = '/v1/admin/domains/demo/classes/default'
  assert.equal((await world.call('PATCH', itsClass, kept)).status, 200)
  const { fid } = await world.put('kept')
  const batch = { json: { delete: [{ key: 'kept', ifMatch: [String(fid)] }, { key: 'none' }] } }
  assert.equal((await world.call('POST', '/v1/domains/demo/batch', batch)).status, 200)
  const restored = `/v1/domains/demo/trash/${fid}/restore`
  assert.equal((await world.call('POST', restored, { json: { ifNoneMatch: ['*'] } })).status, 200)
  await world.call('PATCH', itsClass, { json: { trashS: 0 } })
  const quota = { json: { quotaFiles: 100 } }
  assert.equal((await world.call('PATCH', '/v1/admin/domains/demo', quota)).status, 200)
  world.look()
  await world.put('within its quota')
  await world.open('expired')
  await world.sql('update upload set expires_at = now()')
  await world.settle()
  const groups = await world.ask(FileList, 'GET', '/v1/domains/demo/files?delimiter=/')
  assert.deepEqual(groups.prefixes, ['dir-0/', 'dir-1/', 'dir-2/'])

  const [dead] = world.host(0).deviceIds
  assert.ok(dead !== undefined)
  world.host(0).disk(dead).clear()
  await world.mark('devices', dead, 'dead')
  await world.settle()
  assert.equal((await placesIn(world, 'replica', `device_id = ${dead}`)).size, 0)
  await assertSettled(world)
})
