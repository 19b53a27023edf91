// Files that wait for a place get it when there is one, not when their next try would come.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trackerWorld } from '../support/world.ts'
import { assertSettled } from './invariants.ts'
import { seedFiles } from './seed.ts'

test('a host with room again gets the copies that wait for one', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const [first, second] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined)
  await world.measure(second, { condition: 'full' })
  await seedFiles(world, 1_500, [first])
  await world.settle()
  await world.sql(`update shortfall set try_at = now() + interval '1 day'`)
  await world.sql(`update awakening set woken_at = now() - interval '2 minutes'`)
  await world.sweep()
  assert.equal((await world.sql('select from shortfall')).length, 1_500)

  await world.measure(second, { condition: 'ok' })
  await world.settle()
  await assertSettled(world)
})

test('a disk that comes and goes does not wake them each time, and does in the end', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const [first, second] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined)
  await world.sweep()
  await world.measure(second, { condition: 'full' })
  await seedFiles(world, 3, [first])
  await world.sql(`insert into shortfall (fid, reason) select fid, 'a test' from file`)
  await world.settle()
  const park = () => world.sql(`update shortfall set try_at = now() + interval '1 day'`)
  await park()
  await world.sql('update awakening set woken_at = now()')
  await world.measure(second, { condition: 'ok' })
  for (let n = 0; n < 3; n++) await world.sweep()
  assert.equal((await world.sql('select from shortfall')).length, 3, 'they were woken just before')

  await world.sql(`update awakening set woken_at = now() - interval '2 minutes'`)
  await world.settle()
  await assertSettled(world)
})
