// A dead device had the last copy of a file that any row names. A writer whose first answer was
// lost has left the same bytes on another disk: these are looked for before they are erased.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, placesIn } from './invariants.ts'
import * as fsck from './looking.ts'
import { seedFiles, settleFids } from './seed.ts'

test('what only a dead device had is searched for elsewhere, and not erased there', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const ids = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  const [gone, other, third] = ids
  assert.ok(gone !== undefined && other !== undefined && third !== undefined)
  const [only] = await seedFiles(world, 1, [gone], 'only/')
  const [both] = await seedFiles(world, 1, [gone, other], 'both/')
  assert.ok(only !== undefined && both !== undefined)
  for (const fid of [only, both]) world.hostOf(third).disk(third).add(fid)
  await settleFids(world)
  world.hostOf(gone).disk(gone).clear()
  await world.call('PATCH', `/v1/admin/devices/${gone}`, { json: { state: 'dead' } })
  await world.sweep()
  assert.deepEqual((await fsck.status(world)).lost, { searching: 1, gone: 0 })

  // the sweep of the third disk finds both; only of one there is another copy
  await world.settle()
  await fsck.search(world.hostOf(third), third)
  assert.equal((await fsck.events(world)).at(-1), `FOND ${only} on ${third}`)
  await world.settle()
  const replicas = await placesIn(world, 'replica')
  assert.ok(replicas.has(`${only} on ${third}`) && replicas.has(`${only} on ${other}`))
  assert.deepEqual((await fsck.status(world)).lost, { searching: 0, gone: 0 })
  await assertSettled(world)
})
