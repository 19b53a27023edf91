// The random order behind every choice of a device: fair to the weights, and nobody is left out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { weightedShuffle } from '#tracker/placement/weighted-shuffle.ts'
import { seededRandom, shares } from './device.ts'

const TRIES = 20_000

const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? 0) - expected) < 0.02, `${actual}, not about ${expected}`)

test('each comes first as often as its weight says', () => {
  const random = seededRandom(1)
  const weights = new Map([
    ['a', 1],
    ['b', 2],
    ['c', 5],
  ])
  const first = shares(
    TRIES,
    () => weightedShuffle([...weights.keys()], (name) => weights.get(name) ?? 0, random)[0],
  )
  near(first.get('a'), 1 / 8)
  near(first.get('b'), 2 / 8)
  near(first.get('c'), 5 / 8)
})

test('the second place is shared by weight among those that are left', () => {
  const random = seededRandom(2)
  const order = shares(TRIES, () =>
    weightedShuffle([1, 2, 5], (weight) => weight, random).join(' '),
  )
  near(order.get('5 2 1'), (5 / 8) * (2 / 3))
  near(order.get('1 2 5'), (1 / 8) * (2 / 7))
})

test('an item without weight comes last, and is not lost', () => {
  const random = seededRandom(3)
  const last = shares(1_000, () => weightedShuffle([0, 1, 3], (weight) => weight, random).at(-1))
  assert.deepEqual([...last.keys()], [0])
})

test('the order given is left as it is, and nothing is doubled', () => {
  const items = Array.from({ length: 50 }, (_, n) => n)
  const shuffled = weightedShuffle(items, (n) => n, seededRandom(4))
  assert.deepEqual(
    items,
    Array.from({ length: 50 }, (_, n) => n),
  )
  assert.notDeepEqual(shuffled, items)
  assert.deepEqual(
    shuffled.toSorted((a, b) => a - b),
    items,
  )
})

test('the extremes of randomness give an order too', () => {
  assert.deepEqual(
    weightedShuffle(
      ['a', 'b'],
      () => 1,
      () => 0,
    ),
    ['a', 'b'],
  )
  const almostOne = 1 - Number.EPSILON / 2
  assert.deepEqual(
    weightedShuffle(
      [1, 0],
      (weight) => weight,
      () => almostOne,
    ),
    [1, 0],
  )
})
