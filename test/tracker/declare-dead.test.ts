// A host that stays silent is given up by itself, where the operator wants it so; a failed network
// costs nobody a copy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declareDead } from '#tracker/db/dead-hosts.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSound, placesIn } from './invariants.ts'
import { seedFiles } from './seed.ts'

const HOUR = 3_600_000

/** Trackers were there all the time, and did not hear these. */
async function silence(world: World, hosts: readonly number[], ms: number): Promise<void> {
  await world.sql(
    `update host set seen_at = now() - $2 * interval '1 ms' where host_id = any($1)`,
    hosts,
    ms,
  )
  await world.sql(`update sweep set ran_at = now(), heard_since = '-infinity'`)
}

const logged = (world: World, name: string) =>
  world.events.logged.filter(({ event }) => event === name).length

const dead = async (world: World) => {
  const rows = await world.sql<{ host_id: number }>(
    `select distinct host_id from device where state = 'dead' order by 1`,
  )
  return rows.map((row) => row.host_id)
}

test('by default a silent host is waited for, for ever', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await silence(world, [1], 1_000 * HOUR)
  world.look()
  await world.sweep()
  assert.deepEqual(await dead(world), [])
})

test('with deadAfterMs its devices are given up, and its files heal', async () => {
  await using world = await trackerWorld({ hosts: 6, devicesPerHost: 2 })
  const [first] = world.host(0).deviceIds
  const [second] = world.host(1).deviceIds
  assert.ok(first !== undefined && second !== undefined)
  const fids = await seedFiles(world, 20, [first, second])
  await world.set({ deadAfterMs: HOUR })
  await silence(world, [1], HOUR - 60_000)
  world.look()
  await world.sweep()
  assert.deepEqual(await dead(world), [])

  await silence(world, [1], HOUR + 1_000)
  world.look()
  await world.sweep()
  assert.deepEqual(await dead(world), [1])
  assert.equal(logged(world, 'devices.declared_dead'), 1)
  world.host(0).disk(first).clear()
  await world.settle()
  assert.equal((await placesIn(world, 'replica', `device_id <> ${first}`)).size, 2 * fids.length)
  await assertSound(world)
})

test('more at once than the share: none is given up, and it is told', async () => {
  await using world = await trackerWorld({ hosts: 5 })
  await world.set({ deadAfterMs: HOUR })
  await silence(world, [1, 2], 2 * HOUR)
  world.look()
  await world.sweep()
  await world.sweep()
  assert.deepEqual(await dead(world), [])
  assert.equal(logged(world, 'devices.brake'), 1, 'not in every pass')
  const [{ note } = { note: '' }] = await world.sql<{ note: string }>(
    `select note from sweep where name = 'declare-dead'`,
  )
  assert.match(note, /^2 of 5 devices are silent/)

  await silence(world, [2], 0)
  await world.sweep()
  assert.deepEqual(await dead(world), [1], 'one of five may go')
  await silence(world, [2], 2 * HOUR)
  await world.sweep()
  assert.deepEqual(await dead(world), [1], 'and no second one in the same day')
})

test('what an operator took out of service is left to the operator', async () => {
  await using world = await trackerWorld({ hosts: 6 })
  await world.set({ deadAfterMs: HOUR, deadAtOncePercent: 100 })
  await world.mark('hosts', 'host-1', 'down')
  await world.mark('devices', world.host(1).deviceIds[0] ?? 0, 'down')
  await silence(world, [1, 2], 2 * HOUR)
  await world.sweep()
  assert.deepEqual(await dead(world), [])
})

test('a host that syncs while it is judged is not given up', async () => {
  await using world = await trackerWorld({ hosts: 6, trackers: 2 })
  const judge = () =>
    world.tracker(1).db.all(declareDead({ silentMs: HOUR, maxPercent: 100, gapMs: HOUR }))
  for (let round = 0; round < 10; round++) {
    await silence(world, [1], 2 * HOUR)
    const [answer] = await Promise.all([world.host(0).sync(), judge()])
    const [device] = await world.sql<{ state: string; seen: boolean }>(
      `select device.state, seen_at > now() - interval '1 minute' as seen
        from device join host using (host_id) where host_id = 1`,
    )
    assert.ok(device !== undefined && answer.devices.length === 1)
    if (device.state === 'dead') await world.sql(`update device set state = 'alive'`)
    else assert.ok(device.seen)
  }
  await world.host(0).sync()
  assert.deepEqual((await judge())[0]?.deviceIds, [])
})

test('after a time without trackers every host has its whole time again', async () => {
  await using world = await trackerWorld({ hosts: 6 })
  await world.set({ deadAfterMs: HOUR })
  await world.sql(`update sweep set ran_at = now() - interval '1 day', heard_since = '-infinity'`)
  await world.sql(`update host set seen_at = now() - interval '2 hours' where host_id = 1`)
  world.look()
  await world.sweep()
  await world.sweep()
  assert.deepEqual(await dead(world), [])
  const [{ since } = { since: 0 }] = await world.sql<{ since: number }>(
    `select extract(epoch from now() - heard_since)::int as since from sweep
      where name = 'declare-dead'`,
  )
  assert.ok(since < 60)
  await world.sql(`update sweep set heard_since = now() - interval '61 minutes'`)
  await world.sweep()
  assert.deepEqual(await dead(world), [1])
})

test('who is the last to come back when the brake is let go is not given up for it', async () => {
  await using world = await trackerWorld({ hosts: 6 })
  await world.set({ deadAfterMs: HOUR })
  await silence(world, [1, 2, 3, 4, 5, 6], 2 * HOUR) // nobody could reach a tracker
  world.look()
  await world.sweep()
  for (const host of world.hosts.slice(1)) {
    await host.sync()
    await world.sweep()
  }
  assert.deepEqual(await dead(world), [])
  assert.equal(logged(world, 'devices.brake'), 5, 'told as long as it holds')
})
