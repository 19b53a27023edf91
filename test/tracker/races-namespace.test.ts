// Many callers of two trackers at the same keys at once: nothing is lost, nothing is orphaned.
// (Closing one key from 4 callers by a naive statement orphaned 536 of 700 replaced files.)
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Change, Changes } from '#shared/wire/changes.ts'
import { Closed } from '#shared/wire/uploads.ts'
import { seededRandom } from '../placement/device.ts'
import { type Answer, parseAnswer } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { untilTrue } from '../support/until-true.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf, atOnce } from './at-once.ts'
import { assertRowsSound, assertSettled, placesIn, placesOnDisks } from './invariants.ts'

test('of many closers of one key one wins, and each other was replaced once', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const CLOSERS = 60
  const stored = await atOnce(CLOSERS, async (n) => world.write(await world.open('same'), `${n}`))
  const closed = await atOnce(CLOSERS, async (n) => {
    const file = stored[n]
    assert.ok(file !== undefined)
    return parseAnswer(Closed, await world.close(file, n % 2))
  })
  const [winner] = await world.sql<{ fid: number }>('select fid from file')
  assert.ok(winner !== undefined)
  const replaced = closed.map(({ replacedFid }) => replacedFid)
  const losers = closed.map(({ fid }) => fid).filter((fid) => fid !== winner.fid)
  assert.deepEqual(new Set(replaced), new Set([null, ...losers]))
  assert.equal(replaced.length, CLOSERS, 'each of them by one')

  const lying = placesOnDisks(world)
  await world.sweep()
  const erasing = await placesIn(world, 'job', `kind = 'delete'`)
  for (const place of lying)
    assert.equal(erasing.has(place), !place.startsWith(`${winner.fid} `), place)
  await world.settle()
  await assertSettled(world)
})

test('the feed tells the writers of a key as they replaced each other', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let round = 0; round < 5; round++) {
    const key = `key-${round}`
    const stored = await atOnce(20, async (n) => world.write(await world.open(key), `${n}`))
    await atOnce(20, (n) => world.close(stored[n] ?? assert.fail('not stored'), n % 2))
    let its: Change[] = []
    await untilTrue(async () => {
      const { changes } = await world.ask(Changes, 'GET', '/v1/domains/demo/changes?limit=1000')
      its = changes.filter((change) => change.key === key)
      return its.length === 20
    }, 'nothing that began before is under way on the server any more')
    assert.deepEqual(
      its.map(({ prevFid }) => prevFid),
      [null, ...its.map(({ fid }) => fid).slice(0, -1)],
    )
    const [file] = await world.sql<{ fid: number }>('select fid from file where key = $1', key)
    assert.equal(its.at(-1)?.fid, file?.fid)
  }
})

test('closes of one upload from many sides have the effect and the answer of one', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const before = await world.put('a', 'before')
  const stored = world.write(await world.open('a'), 'after')
  const answers = await atOnce(30, (n) => world.close(stored, n % 2))
  for (const answer of answers)
    assert.deepEqual(answer.body, { fid: stored.fid, replacedFid: before.fid })
  await world.settle()
  await assertSettled(world)
})

test('of many renames to one name one succeeds, the others are told that it is taken', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const keys = Array.from({ length: 12 }, (_, n) => `key-${n}`)
  for (const key of keys) await world.put(key)
  const answers = await atOnce(keys.length, (n) =>
    world.call('PATCH', `/v1/domains/demo/files/key-${n}`, { json: { key: 'wanted' }, at: n % 2 }),
  )
  const outcomes = answers.map(({ status, code }) => code ?? status)
  assert.equal(outcomes.filter((each) => each === 200).length, 1)
  assert.equal(outcomes.filter((each) => each === 'key_exists').length, keys.length - 1)
  assert.equal((await world.sql('select from file')).length, keys.length)
  await world.settle()
  await assertSettled(world)
})

test('files that take each other names at once do not wait for each other for ever', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const files = [await world.put('a'), await world.put('b'), await world.put('c')]
  const ring = ['a', 'b', 'c', 'a']
  for (let round = 0; round < 10; round++) {
    const answers = await atOnce(6, (n) => {
      const [from, to] = [ring[n % 3], ring[(n % 3) + 1]]
      const path = `/v1/domains/demo/files/${from}`
      return world.call('PATCH', path, { json: { key: to }, at: n % 2 })
    })
    assert.deepEqual(new Set(answers.map(({ code }) => code)), new Set(['key_exists']))
  }
  const fids = await world.sql('select fid from file order by key')
  assert.deepEqual(
    fids,
    files.map(({ fid }) => ({ fid })),
  )
})

test('of many deletions of one key one succeeds, and it is buried once', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  await world.put('a')
  const answers = await atOnce(20, (n) =>
    world.call('DELETE', '/v1/domains/demo/files/a', { at: n % 2 }),
  )
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  assert.equal(answers.filter(({ code }) => code === 'unknown_key').length, 19)
  await world.settle()
  await assertSettled(world)
})

/** One caller of the storm: opens, closes, deletes, renames and changes three keys at random. */
async function storm(world: World, caller: number, seed: number): Promise<Answer[]> {
  const random = seededRandom(seed)
  const key = () => `key-${Math.floor(random() * 3)}`
  const answers: Answer[] = []
  for (let step = 0; step < 12; step++) {
    const at = (caller + step) % 2
    const path = `/v1/domains/demo/files/${key()}`
    const dice = random()
    if (dice < 0.5) {
      const upload = await world.open(key(), { class: dice < 0.1 ? 'thumb' : 'default' }, at)
      answers.push(await world.close(world.write(upload, `${caller} ${step}`), at))
    } else if (dice < 0.7) answers.push(await world.call('DELETE', path, { at }))
    else if (dice < 0.9) answers.push(await world.call('PATCH', path, { json: { key: key() }, at }))
    else answers.push(await world.call('PATCH', path, { json: { class: 'default' }, at }))
  }
  return answers
}

/** Hosts and sweeps at work, and the rows looked at, until it is over. */
function background(world: World, over: AbortController): Promise<void>[] {
  const always = async (act: () => Promise<unknown>) => {
    try {
      while (!over.signal.aborted) await act()
    } finally {
      over.abort()
    }
  }
  const hosts = world.hosts.map((host, n) => {
    host.trackerUrl = world.tracker(n % 2).url
    return always(() => host.work(world.hosts))
  })
  const sweeps = [always(() => world.sweep(0)), always(() => world.sweep(1))]
  return [...hosts, ...sweeps, always(() => assertRowsSound(world))]
}

for (const seed of [1, 2, 3])
  test(`a storm on three keys while hosts and sweeps are at work (seed ${seed})`, async () => {
    await using world = await trackerWorld({ trackers: 2 })
    const over = new AbortController()
    const working = background(world, over)
    const callers = atOnce(10, (caller) => storm(world, caller, 1_000 * seed + caller + 1))
    const ended = callers.finally(() => over.abort())
    await allOf<unknown>([ended, ...working])

    const outcomes = (await ended).flat().map(({ status, code }) => code ?? status)
    const expected = new Set<unknown>([200, 'unknown_key', 'key_exists'])
    assert.deepEqual(
      outcomes.filter((outcome) => !expected.has(outcome)),
      [],
    )
    assert.ok(outcomes.filter((outcome) => outcome === 200).length > 60)
    await world.settle()
    await assertSettled(world)
  })
