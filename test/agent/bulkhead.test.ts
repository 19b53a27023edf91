// How a device that hangs, or is slow, is kept from stopping the others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lane } from '#agent/disk/lane.ts'
import { Quickness } from '#agent/disk/quickness.ts'
import { Turns } from '#agent/disk/turns.ts'
import { Problem } from '#shared/problems.ts'

const isBusy = (error: unknown) => error instanceof Problem && error.code === 'busy'

test('what waits too long for its device is refused, and its place goes to others', async () => {
  const lane = new Lane(2, 1)
  const hung = Promise.withResolvers<string>()
  const stuck = [lane.run(() => hung.promise), lane.run(() => hung.promise)]
  await assert.rejects(
    lane.run(() => Promise.resolve()),
    isBusy,
  )
  hung.resolve('answered')
  assert.deepEqual(await Promise.all(stuck), ['answered', 'answered'])
  assert.equal(await lane.run(() => Promise.resolve('next')), 'next')
})

test('no more operations are in flight than allowed, first come first served', async () => {
  const lane = new Lane(3)
  const order: number[] = []
  let inFlight = 0
  let most = 0
  const work = async (n: number) => {
    inFlight++
    most = Math.max(most, inFlight)
    order.push(n)
    await Promise.resolve()
    inFlight--
    if (n === 5) throw new Error('one that fails frees its place too')
  }
  await Promise.allSettled(Array.from({ length: 20 }, (_, n) => lane.run(() => work(n))))
  assert.equal(most, 3)
  assert.deepEqual(
    order,
    Array.from({ length: 20 }, (_, n) => n),
  )
})

test('what is done to one fid is done in order; a failure does not hold up the next', async () => {
  const turns = new Turns<number>()
  const done: string[] = []
  const step = (name: string) => async () => {
    await Promise.resolve()
    done.push(name)
    if (name === 'b') throw new Error('b fails')
  }
  await Promise.allSettled([
    turns.run(1, step('a')),
    turns.run(1, step('b')),
    turns.run(1, step('c')),
  ])
  assert.deepEqual(done, ['a', 'b', 'c'])
})

test('a device is read at once while it is quick; one slow answer is forgiven', () => {
  const quickness = new Quickness()
  assert.equal(quickness.isWorthTrying(0), true)
  quickness.took(20)
  quickness.took(20)
  assert.equal(quickness.isWorthTrying(0), true)
  quickness.took(20)
  assert.equal(quickness.isWorthTrying(0), true, 'now and then it is tried again')
  assert.equal(quickness.isWorthTrying(500), false)
  for (const secondMs of [1_000, 2_000, 3_000]) {
    assert.equal(quickness.isWorthTrying(secondMs), true)
    quickness.took(0)
  }
  assert.equal(quickness.isWorthTrying(3_001), true, 'it is quick again')
})

test('one stall is enough to be careful', () => {
  const quickness = new Quickness()
  quickness.took(5_000)
  quickness.isWorthTrying(0)
  assert.equal(quickness.isWorthTrying(1), false)
})

test('when more may be in flight, what waits begins at once', async () => {
  const lane = new Lane(1)
  const gate = Promise.withResolvers<string>()
  let begun = 0
  const work = async () => {
    begun++
    await gate.promise
  }
  const all = Array.from({ length: 5 }, () => lane.run(work))
  assert.deepEqual([begun, lane.running, lane.waiting], [1, 1, 4])
  lane.limit = 4
  await Promise.resolve()
  assert.deepEqual([begun, lane.running, lane.waiting], [4, 4, 1])
  lane.limit = 1
  gate.resolve('open')
  await Promise.all(all)
  assert.deepEqual([lane.running, lane.waiting], [0, 0])
})

test('while something is awaited for long, nothing is tried at once', async () => {
  const quickness = new Quickness()
  const hung = Promise.withResolvers<undefined>()
  const waiting = quickness.follow(() => hung.promise)
  const nowMs = performance.now()
  assert.equal(quickness.isWorthTrying(nowMs), true)
  assert.equal(quickness.isWorthTrying(nowMs + 200), false, 'it may hang')
  hung.resolve(undefined)
  await waiting
  assert.equal(quickness.isWorthTrying(nowMs + 200), true, 'it did not')

  quickness.took(5_000)
  assert.equal(
    quickness.isWorthTrying(nowMs + 2_000),
    true,
    'a slow one is tried, for it just answered',
  )
  const hanging = Promise.withResolvers<undefined>()
  void quickness.follow(() => hanging.promise)
  assert.equal(quickness.isWorthTrying(nowMs + 10_000), false)
})
