// Copies on their way to a host that does not come, or to a disk out of service, go elsewhere; what
// may have arrived there is erased when the host is back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '#shared/ids.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { assertSettled, placesIn } from './invariants.ts'

interface Sent {
  fid: number
  deviceId: DeviceId
}

/** Stores a file; its second copy is on its way. */
async function sendCopy(world: World): Promise<Sent> {
  const { fid } = await world.put('a')
  const [job] = await world.sql<{ device_id: DeviceId }>('select device_id from job')
  assert.ok(job !== undefined)
  return { fid, deviceId: job.device_id }
}

const copies = (world: World) => placesIn(world, 'job', `kind = 'replicate'`)
const erasings = (world: World) => placesIn(world, 'job', `kind = 'delete'`)

/** By the database's clock, a host was last heard so long ago. */
const silence = (world: World, deviceId: DeviceId, seconds: number) =>
  world.sql(
    `update host set seen_at = now() - $2 * interval '1 s' where host_id =
      (select host_id from device where device_id = $1)`,
    deviceId,
    seconds,
  )

test('a silent host is waited for as long as the setting says, and no longer', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await world.set({ rehomeAfterMs: 60_000, downAfterMs: 55_000 })
  const { fid, deviceId } = await sendCopy(world)
  await silence(world, deviceId, 50)
  world.look()
  await world.sweep()
  assert.deepEqual(await copies(world), new Set([`${fid} on ${deviceId}`]))

  await silence(world, deviceId, 61)
  world.look()
  await world.sweep()
  assert.deepEqual(await erasings(world), new Set([`${fid} on ${deviceId}`]))
  const [elsewhere] = await copies(world)
  assert.ok(elsewhere !== undefined && !elsewhere.endsWith(` on ${deviceId}`))
})

test('a host that comes back with the copy it had begun has it erased', async () => {
  await using world = await trackerWorld({ hosts: 3 })
  await world.set({ rehomeAfterMs: 60_000, downAfterMs: 55_000 })
  const { deviceId } = await sendCopy(world)
  const host = world.hostOf(deviceId)
  const [job] = await host.take()
  assert.ok(job !== undefined)
  await silence(world, deviceId, 61)
  world.look()
  await world.sweep()

  host.disk(deviceId).add(job.fid)
  await host.done(job)
  assert.equal((await placesIn(world, 'replica')).size, 1, 'its report is too late')
  await world.settle()
  await assertSettled(world)
  assert.equal(host.disk(deviceId).size, 0)
})

test('copies do not go to a disk or a host that was taken out of service', async () => {
  for (const [what, state] of [
    ['devices', 'drain'],
    ['devices', 'readonly'],
    ['devices', 'down'],
    ['hosts', 'readonly'],
    ['hosts', 'down'],
    ['hosts', 'dead'],
  ] as const) {
    await using world = await trackerWorld({ hosts: 3 })
    const { deviceId } = await sendCopy(world)
    await world.mark(what, what === 'devices' ? deviceId : world.hostOf(deviceId).name, state)
    await world.sweep()
    const [elsewhere, ...others] = await copies(world)
    assert.ok(elsewhere !== undefined && others.length === 0, `${what} ${state}`)
    assert.ok(!elsewhere.endsWith(` on ${deviceId}`), `${what} ${state}`)
  }
})

test('with nowhere else to go, a file waits with its reason; erasing comes first', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { fid, deviceId } = await sendCopy(world)
  const host = world.hostOf(deviceId)
  await host.failed('hopeless', ...(await host.take()))
  await world.sweep()
  assert.deepEqual(await world.sql('select reason from shortfall'), [
    { reason: 'no device can take a copy' },
  ])
  assert.deepEqual(await erasings(world), new Set([`${fid} on ${deviceId}`]))
  await world.settle()
  await world.sql('update shortfall set try_at = now()')
  await world.settle()
  await assertSettled(world)
})

test('an erasing that a copy overtook is called off', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  const { deviceId, fid } = await world.put('a')
  const host = world.hostOf(deviceId)
  await world.sql(
    `insert into job (host_id, kind, fid, device_id, priority) values ($1, 'delete', $2, $3, 3)`,
    host.hostId,
    fid,
    deviceId,
  )
  assert.deepEqual(await host.take(), [], 'I4')
  await world.sweep()
  assert.deepEqual(await erasings(world), new Set())
  await world.settle()
  await assertSettled(world)
})
