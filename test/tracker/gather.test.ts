// Stores that come at the same time share statements: each gets its own answer nevertheless.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '#shared/problems.ts'
import { together as gatherTogether } from '#tracker/gather.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled } from './invariants.ts'

const together = gatherTogether(() => new Promise(setImmediate))

/** Statements that end when they are told to. */
function steppedRun(answer: (ask: number) => number | undefined) {
  const ran: { asks: readonly number[]; end: PromiseWithResolvers<undefined> }[] = []
  const run = async (asks: readonly number[]) => {
    const end = Promise.withResolvers<undefined>()
    ran.push({ asks, end })
    await end.promise
    return asks.map(answer)
  }
  return { ran, ask: together(run) }
}

const databaseError = () => Object.assign(new Error('no'), { code: '23503' })

test('who comes together shares a statement, who comes meanwhile the next', async () => {
  const { ran, ask } = steppedRun((each) => each * 10)
  const first = [1, 2].map(ask)
  while (ran.length === 0) await new Promise(setImmediate)
  const later = [3, 4, 5].map(ask)
  await new Promise(setImmediate)
  assert.deepEqual(
    ran.map(({ asks }) => asks),
    [[1, 2]],
  )
  ran[0]?.end.resolve(undefined)
  assert.deepEqual(await Promise.all(first), [10, 20])
  while (ran.length < 2) await new Promise(setImmediate)
  assert.deepEqual(ran[1]?.asks, [3, 4, 5])
  ran[1].end.resolve(undefined)
  assert.deepEqual(await Promise.all(later), [30, 40, 50])
})

test('one that a shared statement has no answer for is asked alone', async () => {
  const sizes: number[] = []
  const ask = together<number, number>(async (asks) => {
    sizes.push(asks.length)
    await new Promise(setImmediate)
    return asks.map((each) => (asks.length > 1 && each === 4 ? undefined : each))
  })
  assert.deepEqual(await Promise.all([1, 2, 3, 4].map(ask)), [1, 2, 3, 4])
  assert.deepEqual(sizes, [4, 1])
})

test('one whose statement fails spoils it for no other', async () => {
  const ask = together<number, number>(async (asks) => {
    await new Promise(setImmediate)
    if (asks.includes(4)) throw databaseError()
    return asks
  })
  const answers = await Promise.allSettled([1, 2, 3, 4, 5].map(ask))
  assert.deepEqual(
    answers.map((each) => (each.status === 'fulfilled' ? each.value : 'refused')),
    [1, 2, 3, 'refused', 5],
  )
})

test('a database that is away is not asked again for each', async () => {
  let asked = 0
  const ask = together<number, number>(async () => {
    asked += 1
    await new Promise(setImmediate)
    throw new Problem('database_unavailable')
  })
  const answers = await Promise.allSettled([1, 2, 3, 4, 5].map(ask))
  assert.ok(answers.every(({ status }) => status === 'rejected'))
  assert.equal(asked, 1)
})

test('stores that share statements are stored, refused and replaced each for itself', async () => {
  await using world = await trackerWorld({ hosts: 3, trackers: 2 })
  const { db } = world.tracker()
  await world.put('warm')
  const before = db.statements()
  const keys = Array.from({ length: 60 }, (_, n) => `key ${n % 20}`)
  const fids = await Promise.all(keys.map(async (key, n) => world.put(key, `text ${n}`)))
  assert.equal(new Set(fids.map(({ fid }) => fid)).size, keys.length)
  assert.ok(db.statements() - before < 2 * keys.length, `${db.statements() - before} statements`)

  const [refused, stored] = await Promise.all([
    world.call('POST', '/v1/domains/nowhere/uploads', { json: { key: 'a' } }),
    world.put('among refused ones'),
    ...keys.map(async (key) => world.call('POST', '/v1/domains/demo/uploads', { json: { key } })),
  ])
  assert.deepEqual([refused.status, refused.code], [404, 'unreg_domain'])
  assert.ok(stored.fid > 0)
  await world.sql('update upload set expires_at = now()')
  await world.settle()
  await assertSettled(world)
})
