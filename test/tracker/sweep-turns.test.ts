// Who sweeps when: any number of trackers may try, one does each sweep, and one that fails is
// logged and holds up no other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimDueSweeps } from '#tracker/db/sweeps.ts'
import { runSweeps } from '#tracker/sweeps/run-sweeps.ts'
import { untilTrue } from '../support/until-true.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled } from './invariants.ts'

test('however many trackers try at once, each sweep has one turn', async () => {
  await using world = await trackerWorld({ hosts: 0, trackers: 2 })
  const sweeps = await world.sql<{ name: string }>('select name from sweep')
  for (let round = 0; round < 10; round++) {
    await world.sql(`update sweep set next_at = now()`)
    const claims = await Promise.all(
      Array.from({ length: 16 }, (_, n) => world.tracker(n % 2).db.all(claimDueSweeps(60_000))),
    )
    const claimed = claims.flat().map(({ name }) => name)
    assert.deepEqual(claimed.toSorted(), sweeps.map(({ name }) => name).toSorted())
  }
})

test('a sweep that is not due is not done', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const stored = world.write(await world.open('a'), 'hello')
  await world.sql('update upload set expires_at = now()')
  await runSweeps(world.tracker().deps)
  assert.equal((await world.sql('select from upload')).length, 1)
  await world.sweep()
  assert.equal((await world.sql('select from upload')).length, 0)
  assert.equal((await world.close(stored)).code, 'no_temp_file')
})

test('a sweep that fails is logged by its name, and the others are done', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.open('a')
  await world.sql('update upload set expires_at = now()')
  await world.sql('alter table tombstone rename to mislaid')
  await assert.rejects(world.sweep(), /sweep.failed/)
  const failed = world.events.logged.find(({ level }) => level === 'error')
  assert.equal(failed?.facts['sweep'], 'erase-tombstones')
  assert.deepEqual(await world.sql('select from upload'), [])

  await world.sql('alter table mislaid rename to tombstone')
  await world.settle()
  await assertSettled(world)
})

test('the syncs of agents keep the sweeps going between two ticks of the timer', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.open('a')
  await world.sql('update upload set expires_at = now()')
  await world.sql(`update sweep set next_at = '-infinity'`)
  await world.host(0).sync()
  assert.equal((await world.sql('select from upload')).length, 1, 'not due by the clock')

  await world.set({ sweepMs: 1_000 })
  world.clock.advance(1_000)
  await world.host(0).sync()
  const isGone = async () => (await world.sql('select from upload')).length === 0
  await untilTrue(isGone, 'the upload to be swept')
})
