// Expired uploads leave nothing behind, and what no key points at is erased from every disk.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SWEEP_WINDOW } from '#shared/limits.ts'
import { eraseTombstones } from '#tracker/db/tombstones.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, assertSound, placesIn, placesOnDisks } from './invariants.ts'
import { seedFiles } from './seed.ts'

test('an expired upload is erased wherever it was offered, one in time is not', async () => {
  await using world = await trackerWorld()
  const [late, early] = [await world.open('late'), await world.open('early')]
  const stored = world.write(late, 'hello')
  world.write(late, 'hello', 1)
  const inTime = world.write(early, 'hello')
  await world.sql('update upload set expires_at = now() where fid = $1', late.fid)
  await world.sweep()

  const places = late.targets.map(({ deviceId }) => `${late.fid} on ${deviceId}`)
  assert.deepEqual(await placesIn(world, 'job', `kind = 'delete'`), new Set(places))
  assert.equal((await world.close(stored)).code, 'no_temp_file')
  assert.equal((await world.close(inTime)).status, 200)
  await world.settle()
  await assertSettled(world)
})

test('a close that comes as its upload expires either counts whole or not at all', async () => {
  await using world = await trackerWorld({ trackers: 2 })
  for (let n = 0; n < 15; n++) {
    const stored = world.write(await world.open(`${n}`), 'hello')
    await world.sql(`update upload set expires_at = now() + interval '3 ms'`)
    const [closed] = await Promise.all([world.close(stored, 0), world.sweep(1)])
    const { status } = await world.call('GET', `/v1/domains/demo/info/${n}`)
    assert.equal(status, closed.status === 200 ? 200 : 404)
  }
  await world.settle()
  await assertSettled(world)
})

test('more uploads than a window are gone in one pass', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { fid } = await world.open('a')
  await world.sql(
    `insert into upload (domain_id, class_id, copies, key, device_ids, host_ids, expires_at)
      select domain_id, class_id, copies, key, device_ids, host_ids, now() - n * interval '1 ms'
      from upload, generate_series(1, $1::int) as n`,
    2 * SWEEP_WINDOW + 300,
  )
  await world.sweep()
  assert.deepEqual(await world.sql('select fid from upload'), [{ fid }])
  const [erasing] = await world.sql(`select count(*) as jobs from job where kind = 'delete'`)
  assert.deepEqual(erasing, { jobs: 2 * SWEEP_WINDOW + 300 })
})

test('a deleted file is forgotten before it is erased, on every device', async () => {
  await using world = await trackerWorld()
  const { fid } = await world.put('a')
  await world.settle()
  await world.call('DELETE', '/v1/domains/demo/files/a')
  const held = placesOnDisks(world)
  assert.deepEqual(await placesIn(world, 'replica'), held)

  await world.sweep()
  assert.deepEqual(await placesIn(world, 'replica'), new Set(), 'I2: the row goes first')
  assert.deepEqual(await placesIn(world, 'job', `kind = 'delete' and fid = ${fid}`), held)
  assert.deepEqual(placesOnDisks(world), held)
  await world.settle()
  await assertSettled(world)
})

test('a copy that is on its way when its file is deleted is erased there too', async () => {
  await using world = await trackerWorld()
  await world.put('a')
  const jobs = await Promise.all(world.hosts.map((host) => host.take()))
  await world.call('DELETE', '/v1/domains/demo/files/a')
  await world.sweep()
  for (const job of jobs.flat()) {
    const host = world.hostOf(job.deviceId)
    host.disk(job.deviceId).add(job.fid) // it arrived after all
    await host.done(job)
  }
  assert.deepEqual(await placesIn(world, 'replica'), new Set())
  await world.settle()
  await assertSettled(world)
})

test('a copy that arrives between a deletion and its sweep is erased by the same job', async () => {
  await using world = await trackerWorld()
  await world.put('a')
  const [job] = (await Promise.all(world.hosts.map((host) => host.take()))).flat()
  assert.ok(job !== undefined)
  await world.call('DELETE', '/v1/domains/demo/files/a')
  const host = world.hostOf(job.deviceId)
  host.disk(job.deviceId).add(job.fid)
  await host.done(job)
  const turned = await world.sql('select kind, attempt from job where job_id = $1', job.jobId)
  assert.deepEqual(turned, [{ kind: 'delete', attempt: 2 }])
  await world.settle()
  await assertSettled(world)
})

test('the files of a whole domain are erased in windows', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const devices = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  await seedFiles(world, SWEEP_WINDOW + 200, devices)
  await world.sql('delete from file')
  await world.settle()
  await assertSettled(world)
  assert.equal(placesOnDisks(world).size, 0)
})

test('what lay on a dead device is forgotten without a job for it', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { fid } = await world.put('a')
  await world.settle()
  await world.mark('devices', 1, 'dead')
  await world.call('DELETE', '/v1/domains/demo/files/a')
  await world.tracker().db.all(eraseTombstones(10, 20_000))
  assert.deepEqual(await placesIn(world, 'job'), new Set([`${fid} on 2`]))
  assert.deepEqual(await placesIn(world, 'replica'), new Set())
})

test('a host that does not erase holds up its own copies alone', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const [first, second] = world.hosts.flatMap(({ deviceIds }) => deviceIds)
  assert.ok(first !== undefined && second !== undefined)
  await world.mark('devices', second, 'readonly')
  await seedFiles(world, 30, [first, second])
  await world.sql('delete from file')
  const { db } = world.tracker()
  const erase = () => db.all(eraseTombstones(10, 15))
  for (let window = 0; window < 4; window++) await erase()
  assert.equal((await placesIn(world, 'job', `device_id = ${first}`)).size, 20, 'a full queue')
  await world.host(0).work(world.hosts)
  await world.sql(`update tombstone set held_at = now() - interval '2 minutes'`)
  for (let window = 0; window < 3; window++) await erase()
  await world.host(0).work(world.hosts)
  assert.equal(world.host(0).disk(first).size, 0)
  assert.deepEqual(await placesIn(world, 'replica', `device_id = ${first}`), new Set())
  assert.equal((await placesIn(world, 'job', `device_id = ${second}`)).size, 20)
  assert.equal((await placesIn(world, 'replica', `device_id = ${second}`)).size, 10)
  await assertSound(world)

  await world.mark('devices', second, 'alive')
  await world.host(1).work(world.hosts)
  await world.sql(`update tombstone set held_at = now() - interval '2 minutes'`)
  await world.settle()
  await assertSettled(world)
})
