// Who asks too often is told when to come back, before anything is looked up for them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddedApiKey, type NewApiKey, type Scope } from '#shared/wire/admin.ts'
import { CALLER_TTL_MS } from '#tracker/auth/caller.ts'
import { RATE_BURST_S } from '#tracker/auth/rates.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { atOnce } from './at-once.ts'

const demo = '/v1/domains/demo'
const RATE = 10
const BURST = RATE * RATE_BURST_S

const addKey = (world: World, key: Partial<NewApiKey> = {}) => {
  const scopes: Scope[] = ['read', 'write', 'list', 'delete']
  const json = { label: 'web', scopes, ...key }
  return world.ask(AddedApiKey, 'POST', '/v1/admin/keys', { json })
}
const list = (world: World, key: string, at = 0) => world.call('GET', `${demo}/files`, { key, at })

/** How many of so many requests at once were let in. */
async function letIn(world: World, many: number, key: string, at = 0): Promise<number> {
  const answers = await atOnce(many, () => list(world, key, at))
  const refused = answers.filter(({ code }) => code === 'too_many_requests')
  assert.ok(answers.every((each) => each.status === 200 || refused.includes(each)))
  for (const { status, headers } of refused) {
    assert.equal(status, 429)
    assert.equal(headers.get('retry-after'), '1')
  }
  return many - refused.length
}

test('a key is let in at its rate, and what it saved up for two seconds', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { key } = await addKey(world, { ratePerS: RATE })
  assert.equal(await letIn(world, 2 * BURST, key), BURST)
  world.clock.advance(500)
  assert.equal(await letIn(world, BURST, key), RATE / 2)
  world.clock.advance(60_000)
  assert.equal(await letIn(world, 2 * BURST, key), BURST, 'no more is saved up')
  assert.equal((await list(world, world.adminKey)).status, 200, 'another key')
})

test('a refusal costs no statement', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { key } = await addKey(world, { ratePerS: RATE })
  await letIn(world, BURST, key)
  const before = world.tracker().db.statements()
  assert.equal(await letIn(world, 50, key), 0)
  assert.equal(world.tracker().db.statements(), before)
})

test('each tracker counts for itself', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  const { key } = await addKey(world, { ratePerS: RATE })
  for (const at of [0, 1]) assert.equal(await letIn(world, 2 * BURST, key, at), BURST)
})

test('an operator changes the rate of a key, and trackers follow within seconds', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { key, apiKeyId } = await addKey(world)
  assert.equal(await letIn(world, 3 * BURST, key), 3 * BURST, 'without a rate there is none')
  const set = (ratePerS: unknown, id = apiKeyId) =>
    world.call('PATCH', `/v1/admin/keys/${id}`, { json: { ratePerS } })
  assert.deepEqual((await set(RATE)).status, 200)
  world.clock.advance(CALLER_TTL_MS)
  assert.equal(await letIn(world, 2 * BURST, key), BURST)
  assert.equal((await set(null)).status, 200)
  world.clock.advance(CALLER_TTL_MS)
  assert.equal(await letIn(world, 2 * BURST, key), 2 * BURST)
  for (const none of [0, -1, 0.5, '5', 1_000_001, undefined])
    assert.equal((await set(none)).code, 'invalid_request', String(none))
  assert.equal((await set(1, 99)).code, 'unknown_api_key')
})

test('keys without a rate have the one of the settings, operators none', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.set({ keyRatePerS: RATE })
  const plain = await addKey(world)
  const own = await addKey(world, { ratePerS: 2 * RATE })
  world.clock.advance(CALLER_TTL_MS)
  assert.equal(await letIn(world, 2 * BURST, plain.key), BURST)
  assert.equal(await letIn(world, 3 * BURST, own.key), 2 * BURST)
  assert.equal(await letIn(world, 3 * BURST, world.adminKey), 3 * BURST)
})

test('a batch counts for each of its files, and is earned afterwards', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { key } = await addKey(world, { ratePerS: RATE })
  const stat = Array.from({ length: BURST + RATE }, (_, n) => ({ key: `k${n}` }))
  const batch = () => world.call('POST', `${demo}/batch`, { key, json: { stat } })
  assert.equal((await batch()).status, 200, 'larger than what is saved up')
  world.clock.advance(900)
  assert.equal((await batch()).code, 'too_many_requests', 'the debt is not paid yet')
  world.clock.advance(300)
  assert.equal(await letIn(world, 5, key), 2)
})

test('readers without a key have a rate for each address', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const web = { name: 'web', copies: 1, publicRead: true }
  await world.call('POST', '/v1/admin/domains/demo/classes', { json: web })
  await world.set({ publicRatePerS: RATE })
  const read = () => world.call('GET', `${demo}/files/none`, { key: '' })
  const codes = (await atOnce(2 * BURST, read)).map(({ code }) => code)
  assert.equal(codes.filter((code) => code === 'unauthorized').length, BURST)
  assert.equal(codes.filter((code) => code === 'too_many_requests').length, BURST)
  assert.equal((await list(world, world.adminKey)).status, 200)
})
