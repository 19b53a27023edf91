// A domain holds no more than its quota, of files and of bytes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredFile, World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { atOnce } from './at-once.ts'
import { assertSettled } from './invariants.ts'

const demo = '/v1/domains/demo'

async function setQuota(world: World, json: object): Promise<void> {
  const { status } = await world.call('PATCH', '/v1/admin/domains/demo', { json })
  assert.equal(status, 200)
  world.look()
}

const codeOfOpen = async (world: World, key: string, bytes?: number) =>
  (await world.call('POST', `${demo}/uploads`, { json: { key, bytes } })).code

test('an open is refused where the domain is full, unless it takes no more room', async () => {
  await using world = await trackerWorld()
  await setQuota(world, { quotaFiles: 2, quotaBytes: 100 })
  await world.put('a', 'x'.repeat(40))
  world.look()
  assert.equal(await codeOfOpen(world, 'b', 61), 'quota_exceeded')
  await world.put('b', 'x'.repeat(20))
  world.look()
  const refused = await world.call('POST', `${demo}/uploads`, { json: { key: 'c', bytes: 1 } })
  assert.deepEqual([refused.code, refused.status], ['quota_exceeded', 507])
  assert.equal(await codeOfOpen(world, 'a', 80), undefined, 'a is there, 20 + 80')
  assert.equal(await codeOfOpen(world, 'a', 81), 'quota_exceeded')
  const batch = { json: { open: [{ key: 'a', bytes: 80 }, { key: 'c' }] } }
  const { body } = await world.call('POST', `${demo}/batch`, batch)
  assert.match(JSON.stringify(body), /"answer".*"quota_exceeded"/)

  await world.call('DELETE', `${demo}/files/b`)
  world.look()
  assert.equal(await codeOfOpen(world, 'c', 1), undefined)
})

test('a close is refused by what the domain holds then, and the upload stays open', async () => {
  await using world = await trackerWorld()
  await setQuota(world, { quotaBytes: 10 })
  const [first, second] = [
    world.write(await world.open('a'), 'x'.repeat(8)),
    world.write(await world.open('b'), 'x'.repeat(8)),
  ]
  assert.equal((await world.close(first)).status, 200)
  const refused = await world.close(second)
  assert.deepEqual([refused.code, refused.status], ['quota_exceeded', 507])
  await setQuota(world, { quotaBytes: 16 })
  assert.equal((await world.close(second)).status, 200)

  const larger = world.write(await world.open('a'), 'x'.repeat(9))
  assert.equal((await world.close(larger)).code, 'quota_exceeded')
  const smaller = world.write(await world.open('a'), 'x')
  assert.equal((await world.close(smaller)).status, 200)
  await setQuota(world, { quotaBytes: null })
  assert.equal((await world.close(larger)).status, 200)
  await world.settle()
  await assertSettled(world)
})

test('a batch is closed as far as there is room', async () => {
  await using world = await trackerWorld()
  await setQuota(world, { quotaFiles: 3 })
  const stored: StoredFile[] = []
  for (const key of ['a', 'b', 'c', 'd', 'e']) stored.push(world.write(await world.open(key), key))
  const close = stored.map((file) => ({
    fid: file.fid,
    deviceId: file.deviceId,
    receipt: world.hostOf(file.deviceId).receipt(file),
  }))
  const { body } = await world.call('POST', `${demo}/batch`, { json: { close } })
  assert.equal(JSON.stringify(body).match(/"quota_exceeded"/g)?.length, 2)
  assert.equal((await world.sql('select from file')).length, 3)
})

test('closes one after the other never come to more than the quota, at two trackers', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  await setQuota(world, { quotaFiles: 10 })
  const stored = await atOnce(40, async (n) =>
    world.write(await world.open(`key ${n}`, {}, n % 2), `${n}`),
  )
  await atOnce(2, async (at) => {
    for (const [n, file] of stored.entries()) if (n % 2 === at) await world.close(file, at)
  })
  const files = (await world.sql('select from file')).length
  assert.ok(files === 10 || files === 11, `${files}: two at once may not see each other`)
})

test('a domain without a quota is not held to that of another', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const json = { name: 'small', quotaFiles: 0 }
  assert.equal((await world.call('POST', '/v1/admin/domains', { json })).status, 201)
  world.look()
  await world.put('a')
  const path = '/v1/domains/small/uploads'
  const { code } = await world.call('POST', path, { json: { key: 'a' } })
  assert.equal(code, 'quota_exceeded')
})
