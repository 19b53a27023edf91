// Writers who all expect the same under a key, at two trackers: one of them wins.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../support/tracker-call.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { atOnce } from './at-once.ts'
import { assertSettled } from './invariants.ts'

const WRITERS = 40
const demo = '/v1/domains/demo'

async function closers(world: World, text: string, expects: object): Promise<Answer[]> {
  const stored = await atOnce(WRITERS, async (n) =>
    world.write(await world.open('same', {}, n % 2), `${text} ${n}`),
  )
  return atOnce(WRITERS, (n) => {
    const file = stored[n]
    assert.ok(file !== undefined)
    const { fid, deviceId } = file
    const json = { deviceId, receipt: world.hostOf(deviceId).receipt(file), ...expects }
    return world.call('POST', `${demo}/uploads/${fid}/close`, { json, at: n % 2 })
  })
}

function assertOneWon(answers: readonly Answer[]): void {
  const outcomes = answers.map(({ status, code }) => code ?? status)
  assert.equal(outcomes.filter((each) => each === 200).length, 1, outcomes.join())
  assert.equal(outcomes.filter((each) => each === 'precondition_failed').length, WRITERS - 1)
}

const fidOf = async (world: World) =>
  (await world.sql<{ fid: number }>(`select fid from file where key = 'same'`))[0]?.fid

test('of many who store what must not be there one wins, the others leave nothing', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let round = 0; round < 3; round++) {
    assertOneWon(await closers(world, `round ${round}`, { ifNoneMatch: ['*'] }))
    await world.settle()
    await assertSettled(world)
    await world.call('DELETE', `${demo}/files/same`)
  }
})

test('of many who replace the same revision, one wins; the others leave nothing', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  await world.put('same', 'before')
  for (let round = 0; round < 3; round++) {
    const fid = await fidOf(world)
    assertOneWon(await closers(world, `round ${round}`, { ifMatch: [String(fid)] }))
    assert.notEqual(await fidOf(world), fid)
  }
  await world.settle()
  await assertSettled(world)
})

test('of replacing, deleting and renaming the same revision, one happens', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let round = 0; round < 15; round++) {
    const { fid } = await world.put('same', `before ${round}`)
    const stored = world.write(await world.open('same'), 'after')
    const { deviceId } = stored
    const receipt = world.hostOf(deviceId).receipt(stored)
    const headers = { 'if-match': `"${fid}"` }
    const acts = [
      () =>
        world.call('POST', `${demo}/uploads/${stored.fid}/close`, {
          json: { deviceId, receipt },
          headers,
        }),
      () => world.call('DELETE', `${demo}/files/same`, { headers, at: 1 }),
      () =>
        world.call('PATCH', `${demo}/files/same`, {
          json: { key: `moved ${round}` },
          headers,
          at: round % 2,
        }),
    ]
    const answers = await atOnce(3, (n) => (acts[(n + round) % 3] ?? assert.fail())())
    const outcomes = answers.map(({ status, code }) => code ?? status)
    assert.equal(outcomes.filter((each) => each === 200).length, 1, outcomes.join())
    await world.call('DELETE', `${demo}/files/same`)
  }
  await world.settle()
  await assertSettled(world)
})
