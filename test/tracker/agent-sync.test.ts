// What a sync answers: the jobs that are for this host now, and all that an agent needs for them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeviceList } from '#shared/wire/admin.ts'
import { trackerWorld } from '../support/world.ts'
import { seedFiles } from './seed.ts'

test('the most urgent jobs come first, and no more than are wanted', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  await world.sql(
    `insert into job (host_id, kind, fid, device_id, priority, run_at)
      select 1, 'delete', n, $1, n % 4, now() - n % 4 * interval '1 m'
      from generate_series(1, 40) as n`,
    deviceId,
  )
  const taken: number[] = []
  for (let n = 0; n < 8; n++) {
    const jobs = await world.host(0).take(5)
    assert.equal(jobs.length, 5)
    taken.push(...jobs.map(({ fid }) => fid % 4))
  }
  assert.deepEqual(
    taken,
    taken.toSorted((a, b) => a - b),
  )
  assert.deepEqual(await world.host(0).take(5), [])
})

test('a host or a device out of service gets no work; a draining device goes on', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { deviceId: source } = await world.put('a')
  const deviceId = world.hosts.flatMap(({ deviceIds }) => deviceIds).find((id) => id !== source)
  assert.ok(deviceId !== undefined)
  const host = world.hostOf(deviceId)
  for (const state of ['down', 'readonly']) {
    await world.mark('hosts', host.name, state)
    assert.deepEqual(await host.take(), [], state)
    await world.mark('hosts', host.name, 'alive')
    await world.mark('devices', deviceId, state)
    assert.deepEqual(await host.take(), [], state)
  }
  await world.mark('devices', deviceId, 'drain')
  assert.equal((await host.take()).length, 1)
})

test('a copy comes with the URLs of its sources, which its destination may read', async () => {
  await using world = await trackerWorld()
  const stored = await world.put('a', 'hello')
  const jobs = await Promise.all(world.hosts.map((host) => host.take()))
  const [job] = jobs.flat()
  assert.ok(job?.kind === 'replicate')
  assert.deepEqual([job.fid, job.bytes, job.checksum], [stored.fid, stored.bytes, stored.checksum])
  const [source, ...others] = job.sources
  assert.ok(source !== undefined && others.length === 0)
  assert.equal(source.deviceId, stored.deviceId)
  const ticket = world.hostOf(stored.deviceId).ticketOf(source.url, 'GET', world.clock.nowMs())
  assert.deepEqual([ticket.fid, ticket.copy], [stored.fid, true])
})

test('an agent is told to come back at once, soon or later, as there is work', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  await world.set({ busyPollMs: 200, idlePollMs: 5_000 })
  const idle = await world.host(0).sync({ want: 10 })
  assert.deepEqual([idle.pollAfterMs, idle.jobs], [5_000, []])
  await seedFiles(world, 3, world.host(0).deviceIds)
  await world.sql(`insert into shortfall (fid, reason) select fid, 'x' from file`)
  await world.sweep()
  assert.equal((await world.host(1).sync({ want: 2 })).pollAfterMs, 0)
  assert.equal((await world.host(1).sync({ want: 2 })).pollAfterMs, 200)
})

test('an agent is told the pace of background work, and what changes of it', async () => {
  await using world = await trackerWorld()
  assert.equal((await world.host(1).sync()).pace?.jobsPerDevice, 8)
  await world.set({ jobsPerDevice: 3, copyReadBytesPerS: 250_000, slowMs: 20 })
  const { pace } = await world.host(1).sync()
  assert.deepEqual([pace?.jobsPerDevice, pace?.readBytesPerS, pace?.slowMs], [3, 250_000, 20])
  const refused = await world.call('PATCH', '/v1/admin/settings', {
    json: { copyReadBytesPerS: 9 },
  })
  assert.equal(refused.status, 400, 'slower, what is under way would seem to stall')
})

test('an agent that holds other keys gets the current, the next and the one before', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const versions = async (report: { keyIds?: string[] } = {}) =>
    (await world.host(0).sync(report)).keys?.map(({ version }) => version)
  assert.equal(await versions(), undefined)
  assert.deepEqual(await versions({ keyIds: [] }), [1, 2])
  await world.sql('update host set key_version = 2')
  assert.deepEqual(await versions(), [2, 3, 1])
  assert.equal(await versions(), undefined)
})

test('a file without a copy that can be read is leased without sources', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { deviceId } = await world.put('a')
  await world.mark('devices', deviceId, 'down')
  const jobs = (await Promise.all(world.hosts.map((host) => host.take()))).flat()
  assert.deepEqual(
    jobs.map((job) => (job.kind === 'replicate' ? job.sources : job)),
    [[]],
  )
})

test('the gauges of a sync are what operators see; of another host they are ignored', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const [deviceId] = world.host(0).deviceIds
  assert.ok(deviceId !== undefined)
  const gauge = {
    condition: 'full',
    reason: 'nearly',
    bytesTotal: 9,
    bytesFree: 1,
    utilization: 0.5,
  } as const
  const seen = async () => {
    const { devices } = await world.ask(DeviceList, 'GET', '/v1/admin/devices')
    const { silentMs, ...facts } = devices.find((each) => each.deviceId === deviceId) ?? {}
    assert.ok(typeof silentMs === 'number' && silentMs >= 0 && silentMs < 60_000)
    return facts
  }
  await world.measure(deviceId, gauge)
  const full = { ...gauge, deviceId, host: 'host-1', state: 'alive', weight: 100 }
  assert.deepEqual(await seen(), full)

  const stranger = world.host(1)
  const claim = { ...gauge, deviceId, condition: 'ok', reason: undefined }
  const [protocol, keyVersion, url] = [1, 1, stranger.url]
  const sync = { protocol, version: 'x', url, keyVersion, devices: [claim], want: 0 }
  assert.equal((await stranger.ask('sync', sync)).status, 200)
  assert.deepEqual(await seen(), full)
})
