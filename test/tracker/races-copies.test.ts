// Copies arrive while their files are overwritten, their jobs called off and their disks compared:
// whichever comes first, rows and bytes agree in the end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FIDS_AHEAD_MS } from '#shared/limits.ts'
import type { LeasedJob } from '#shared/wire/agents.ts'
import { reapDevice, rehomeJobs } from '#tracker/db/shortfalls.ts'
import { eraseTombstones } from '#tracker/db/tombstones.ts'
import { expireUploads } from '#tracker/db/uploads.ts'
import { planCopiesSweep } from '#tracker/sweeps/plan-copies.ts'
import type { StorageHost } from '../support/storage-host.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { allOf } from './at-once.ts'
import { assertRowsSound, assertSettled, placesIn } from './invariants.ts'
import { seedFiles, settleFids } from './seed.ts'

const ROUNDS = 12

/** A file whose second copy lies on a disk, and is not reported yet. */
async function arrivedCopy(
  world: World,
  key: string,
): Promise<{ host: StorageHost; job: LeasedJob }> {
  await world.put(key)
  for (const host of world.hosts) {
    const [job] = await host.take()
    if (job === undefined) continue
    host.disk(job.deviceId).add(job.fid)
    return { host, job }
  }
  throw new Error('no copy was ordered')
}

test('a copy is reported while its file is overwritten and swept', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let n = 0; n < ROUNDS; n++) {
    const { host, job } = await arrivedCopy(world, 'a')
    await allOf<unknown>([host.done(job), world.put('a', `${n}`, {}, 1), world.sweep(0)])
    await assertRowsSound(world)
    await world.settle()
  }
  await assertSettled(world)
})

test('a copy is reported while its file is deleted and swept by two trackers', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let n = 0; n < ROUNDS; n++) {
    const { host, job } = await arrivedCopy(world, 'a')
    await allOf<unknown>([
      world.call('DELETE', '/v1/domains/demo/files/a'),
      host.done(job),
      world.tracker(0).db.all(eraseTombstones(10, 20_000)),
      world.tracker(1).db.all(eraseTombstones(10, 20_000)),
    ])
    await assertRowsSound(world)
    await world.settle()
    await assertSettled(world)
  }
})

test('a copy is reported while it is called off', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const ask = { silentMs: 60_000, failures: 5, limit: 10 }
  for (let n = 0; n < ROUNDS; n++) {
    const { host, job } = await arrivedCopy(world, `${n}`)
    await world.mark('devices', job.deviceId, 'drain')
    await allOf<unknown>([host.done(job), world.tracker(1).db.all(rehomeJobs(ask))])
    await assertRowsSound(world)
    await world.mark('devices', job.deviceId, 'alive')
    await world.settle()
  }
  await assertSettled(world)
})

test('a copy is reported while its disk is compared, and is never erased', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  const swept = new Map<number, number>()
  for (let n = 0; n < 3 * ROUNDS; n++) {
    world.clock.advance(FIDS_AHEAD_MS) // so that they come in their order
    const { host, job } = await arrivedCopy(world, `${n}`)
    const { deviceId, fid } = job
    const from = (swept.get(deviceId) ?? 0) + 1
    swept.set(deviceId, fid)
    await settleFids(world)
    const [, stock] = await Promise.all([host.done(job), host.takeStock(deviceId, from, fid)])
    assert.equal(stock.sweptFid, fid)
    assert.ok((await placesIn(world, 'replica')).has(`${fid} on ${deviceId}`))
    const leased = await host.take()
    assert.deepEqual(
      leased.filter(({ kind }) => kind === 'delete'),
      [],
    )
    await assertRowsSound(world)
  }
  await world.settle()
  await assertSettled(world)
})

test('one report sent to two trackers at once counts once', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let n = 0; n < ROUNDS; n++) {
    const { host, job } = await arrivedCopy(world, `${n}`)
    const sends = [0, 1, 0, 1].map((at) => {
      host.trackerUrl = world.tracker(at).url
      return host.done(job)
    })
    await allOf(sends)
  }
  await world.settle()
  await assertSettled(world)
})

test('all sweeps at once, each several times, while hosts report large batches', async () => {
  await using world = await trackerWorld({ hosts: 4, trackers: 2 })
  const [first, second] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined)
  await seedFiles(world, 600, [first])
  await world.sql(`insert into shortfall (fid, reason) select fid, 'a test' from file`)
  await world.sweep() // copies are ordered, and leased:
  const leased = await Promise.all(world.hosts.map((host) => host.take(200)))
  for (const { deviceId, fid } of leased.flat()) world.hostOf(deviceId).disk(deviceId).add(fid)
  await world.sql('delete from file where fid % 2 = 0')
  for (let n = 0; n < 40; n++) world.write(await world.open(`late ${n}`), 'hello')
  await world.sql('update upload set expires_at = now()')
  await world.mark('devices', second, 'dead')
  world.hostOf(second).disk(second).clear()

  const reports = world.hosts.map((host, n) => host.done(...(leased[n] ?? []).toReversed()))
  const limits = { limit: 60, maxBacklog: 20_000, lapMs: 600_000 }
  const ask = { silentMs: 60_000, failures: 5, limit: 60 }
  const sweeps = Array.from({ length: 6 }, (_, n) => {
    const { db } = world.tracker(n % 2)
    return allOf<unknown>([
      db.all(eraseTombstones(60, 20_000)),
      db.all(expireUploads(20)),
      db.all(reapDevice(limits)),
      db.all(rehomeJobs(ask)),
      planCopiesSweep(world.tracker(n % 2).deps),
    ])
  })
  await allOf<unknown>([...reports, ...sweeps])
  await assertRowsSound(world)
  await world.sql('update shortfall set try_at = now()')
  await world.sql('update device set reap_at = now()') // a lap for what was reported too late
  await world.settle()
  await assertSettled(world)
})
