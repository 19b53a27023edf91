// Reads from a replica whose rows lag behind: only for those who allow it, and never a key unknown
// that the primary knows. Against a real streaming replica.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Paths } from '#shared/wire/files.ts'
import { skipOldest } from '../support/database.ts'
import { primaryWithStandby } from '../support/standby.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const demo = '/v1/domains/demo'

const fidOf = async (world: World, query: string, headers: Record<string, string> = {}) => {
  const { status, body, code } = await world.call('GET', `${demo}/paths/${query}`, { headers })
  return status === 200 ? Paths.parse(body).fid : code
}
const etagOf = async (world: World, query: string) =>
  (await world.call('HEAD', `${demo}/files/${query}`)).headers.get('etag')

test('a reader who allows it gets what the replica knows', { skip: skipOldest }, async (t) => {
  await using pair = await primaryWithStandby()
  const urls = { databaseUrl: pair.primaryUrl, readDatabaseUrl: pair.standbyUrl }
  await using world = await trackerWorld({ hosts: 1, ...urls })
  const first = await world.put('a', 'first')
  await pair.catchUp()
  await pair.freeze()
  const second = await world.put('a', 'second')

  await t.test('the old revision, by any way to say so', async () => {
    assert.equal(await fidOf(world, 'a?noverify&stale'), first.fid)
    assert.equal(await fidOf(world, 'a?noverify', { 'cache-control': 'max-stale=60' }), first.fid)
    assert.equal(await etagOf(world, 'a?stale'), `"${first.checksum}"`)
    const info = await world.call('GET', `${demo}/info/a?stale`)
    assert.equal(Object.entries(info.body ?? {}).find(([name]) => name === 'fid')?.[1], first.fid)
    const { headers } = await world.call('GET', `${demo}/files/a?noverify&stale`)
    assert.match(headers.get('location') ?? '', new RegExp(`${first.fid}\\.fid`))
  })
  await t.test('all others get the new one', async () => {
    assert.equal(await fidOf(world, 'a?noverify'), second.fid)
    assert.equal(await etagOf(world, 'a'), `"${second.checksum}"`)
  })
  await t.test('a key that the replica does not know yet is known all the same', async () => {
    const fresh = await world.put('fresh')
    assert.equal(await fidOf(world, 'fresh?noverify&stale'), fresh.fid)
    assert.equal(await fidOf(world, 'none?noverify&stale'), 'unknown_key')
  })
  await t.test('a key that is gone may be there for a while', async () => {
    await world.call('DELETE', `${demo}/files/a`)
    assert.equal(await fidOf(world, 'a?noverify'), 'unknown_key')
    assert.equal(await fidOf(world, 'a?noverify&stale'), first.fid)
    await pair.catchUp()
    assert.equal(await fidOf(world, 'a?noverify&stale'), 'unknown_key')
  })
  await t.test('a replica that is gone is done without', async () => {
    await pair.killStandby()
    const { fid } = await world.put('after')
    assert.equal(await fidOf(world, 'after?noverify&stale'), fid)
  })
})
