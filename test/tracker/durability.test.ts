// How many copies files have is known without counting them: held against a count of everything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClassDurability, Durability } from '#shared/wire/durability.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { seedFiles } from './seed.ts'

const read = (world: World) => world.ask(Durability, 'GET', '/v1/admin/durability')

async function classOf(world: World, name: string): Promise<ClassDurability> {
  const { classes } = await read(world)
  const found = classes.find((each) => each.class === name)
  assert.ok(found !== undefined)
  return found
}

const byCopies = ({ byCopies: counts }: ClassDurability) =>
  counts.map(({ copies, hosts, files, bytes }) => [copies, hosts, files, bytes])

/** The same, file by file. */
const counted = (world: World) =>
  world.sql<{ copies: number; hosts: number; files: number; bytes: number }>(`
    select copies, hosts, count(*) as files, sum(bytes)::bigint as bytes
    from (
      select bytes, count(device_id) as copies, count(distinct host_id) as hosts
      from file join class using (class_id)
      left join (replica join device using (device_id)) on replica.fid = file.fid
        and device.state <> 'dead'
      where class.name = 'default'
      group by file.fid, bytes) as each_file
    group by copies, hosts order by copies, hosts`)

async function assertAsCounted(world: World): Promise<ClassDurability> {
  const found = await classOf(world, 'default')
  const all = await counted(world)
  assert.deepEqual(
    byCopies(found),
    all.map(({ copies, hosts, files, bytes }) => [copies, hosts, files, bytes]),
  )
  return found
}

test('a file is short from its close until its copies are there', async () => {
  await using world = await trackerWorld()
  await world.put('a', 'text')
  const fresh = await assertAsCounted(world)
  assert.deepEqual([fresh.files, fresh.bytes, fresh.short, fresh.lost], [1, 4, 1, 0])
  await world.settle()
  const settled = await assertAsCounted(world)
  assert.deepEqual([settled.short, byCopies(settled)], [0, [[2, 2, 1, 4]]])
})

test('a device that dies is seen at once, before any file of it was looked at', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second, third] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await seedFiles(world, 300, [first, second])
  await seedFiles(world, 20, [first], 'alone/')
  await seedFiles(world, 50, [second, third], 'safe/')
  assert.equal((await assertAsCounted(world)).short, 20)

  await world.mark('devices', first, 'dead')
  const found = await assertAsCounted(world)
  assert.deepEqual([found.short, found.lost], [320, 20])
  assert.deepEqual(byCopies(found), [
    [0, 0, 20, 20],
    [1, 1, 300, 300],
    [2, 2, 50, 50],
  ])
})

test('files whose hosts are silent or down cannot be read, and are not short', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  const [first, second, third] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await seedFiles(world, 30, [first, second])
  await seedFiles(world, 20, [second, third], 'other/')
  await world.mark('devices', first, 'down')
  await world.sql(
    `update host set seen_at = now() - interval '1 day' from device
      where device.host_id = host.host_id and device_id = $1`,
    second,
  )
  const found = await classOf(world, 'default')
  assert.deepEqual([found.short, found.unreadable], [0, 30])
})

test('folding the ledger changes nothing of what it says, whoever folds', async () => {
  await using world = await trackerWorld({ hosts: 3, trackers: 2 })
  for (let n = 0; n < 30; n++) {
    await Promise.all([world.put(`${n % 7}`, `${n}`, {}, n % 2), world.sweep(n % 2)])
    await assertAsCounted(world)
  }
  await world.call('DELETE', '/v1/domains/demo/files/0')
  await world.settle()
  await assertAsCounted(world)
  await world.sweep()
  await world.sweep()
  assert.deepEqual(await world.sql('select from placement_delta'), [])
  assert.deepEqual(await world.sql('select from placement_count where files <= 0'), [])
})
