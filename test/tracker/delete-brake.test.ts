// A key that deletes too much too fast is stopped, until its span is over or an operator says so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddedApiKey } from '#shared/wire/admin.ts'
import { BRAKED_FOR_MS } from '#tracker/auth/delete-brake.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { atOnce } from './at-once.ts'

const demo = '/v1/domains/demo'

async function brakedWorld(deleteBrakeFiles: number, trackers = 1) {
  const world = await trackerWorld({ hosts: 1, trackers })
  await world.set({ deleteBrakeFiles, deleteBrakeMs: 60_000 })
  return world
}

/** Rows as closes leave them: what is deleted here was never on a disk. */
const fill = (world: World, files: number) =>
  world.sql(
    `insert into file (domain_id, key, fid, class_id, bytes, checksum)
    select 1, n, nextval('fid_sequence'), 1, 1, 'none' from generate_series(1, $1::int) as n`,
    files,
  )

const keyOf = async (world: World) => {
  const json = { label: 'web', scopes: ['delete'] }
  return world.ask(AddedApiKey, 'POST', '/v1/admin/keys', { json })
}
const remove = (world: World, name: number | string, key: string, at = 0) =>
  world.call('DELETE', `${demo}/files/${name}`, { key, at })

test('so many deletions and no more, however the trackers share them', async () => {
  await using world = await brakedWorld(50, 2)
  await fill(world, 80)
  const { key } = await keyOf(world)
  const answers = await atOnce(80, (n) => remove(world, n + 1, key, n % 2))
  const outcomes = answers.map(({ status, code }) => code ?? status)
  assert.equal(outcomes.filter((each) => each === 200).length, 50)
  assert.equal(outcomes.filter((each) => each === 'deletions_braked').length, 30)
  const refused = answers.find(({ code }) => code !== undefined)
  assert.equal(refused?.status, 429)
  const seconds = Number(refused.headers.get('retry-after'))
  assert.ok(seconds > 50 && seconds <= 60, `${seconds}`)
  const { code } = await remove(world, 51, world.adminKey)
  assert.notEqual(code, 'deletions_braked', 'another key')
})

test('the brake is off when its span is over, or when an operator releases it', async () => {
  await using world = await brakedWorld(2)
  await fill(world, 10)
  const { key, apiKeyId } = await keyOf(world)
  for (const name of [1, 2]) assert.equal((await remove(world, name, key)).status, 200)
  assert.equal((await remove(world, 3, key)).code, 'deletions_braked')
  const path = `/v1/admin/keys/${apiKeyId}/brake`
  assert.equal((await world.call('DELETE', path)).status, 204)
  assert.equal((await world.call('DELETE', '/v1/admin/keys/99/brake')).code, 'unknown_api_key')
  world.clock.advance(BRAKED_FOR_MS)
  for (const name of [3, 4]) assert.equal((await remove(world, name, key)).status, 200)
  assert.equal((await remove(world, 5, key)).code, 'deletions_braked')

  await world.sql(`update deletion_budget set began_at = began_at - interval '1 minute'`)
  world.clock.advance(60_000)
  assert.equal((await remove(world, 5, key)).status, 200)
})

test('what was not there, and what was not as expected, does not count', async () => {
  await using world = await brakedWorld(2)
  await fill(world, 5)
  const { key } = await keyOf(world)
  for (let n = 0; n < 5; n++) assert.equal((await remove(world, 'none', key)).code, 'unknown_key')
  const json = { delete: [{ key: '1', ifMatch: ['999'] }, { key: 'none' }] }
  for (let n = 0; n < 5; n++)
    assert.equal((await world.call('POST', `${demo}/batch`, { key, json })).status, 200)
  for (const name of [1, 2]) assert.equal((await remove(world, name, key)).status, 200)
  assert.equal((await remove(world, 3, key)).code, 'deletions_braked')
})

test('a batch that is more than is left is refused whole', async () => {
  await using world = await brakedWorld(5)
  await fill(world, 10)
  const { key } = await keyOf(world)
  const batchOf = (...names: number[]) =>
    world.call('POST', `${demo}/batch`, {
      key,
      json: { delete: names.map((name) => ({ key: String(name) })) },
    })
  assert.equal((await batchOf(1, 2, 3, 4, 5, 6)).code, 'deletions_braked')
  world.clock.advance(BRAKED_FOR_MS)
  assert.equal((await batchOf(1, 2, 3, 4)).status, 200)
  assert.equal((await batchOf(5, 6)).code, 'deletions_braked')
  assert.equal((await world.sql('select from file')).length, 6)
})

test('most deletions cost one statement, with the brake on too', async () => {
  await using world = await brakedWorld(10_000)
  await fill(world, 200)
  const { key } = await keyOf(world)
  await remove(world, 1, key)
  const { db } = world.tracker()
  const before = db.statements()
  for (let n = 2; n <= 200; n++) assert.equal((await remove(world, n, key)).status, 200)
  assert.ok(db.statements() - before < 199 + 20, `${db.statements() - before}`)
})
