// Ticket keys change while everything runs, and so does the secret behind them: nothing that was
// given out is refused for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Upload } from '#shared/wire/uploads.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'
import { atOnce } from './at-once.ts'

const rotate = async (world: World, name: string, force = false) => {
  const json = { force }
  const { code, body } = await world.call('POST', `/v1/admin/hosts/${name}/rotate`, { json })
  return code ?? body
}

/** The host's agent takes the upload's first URL, or refuses as a node does. */
function accepted(world: World, upload: Upload): void {
  const { deviceId, url } = firstOf(upload)
  world.hostOf(deviceId).ticketOf(url, 'PUT', world.clock.nowMs())
}

/** Stores at the upload's first URL, and closes at another tracker. */
async function storeAndClose(world: World, upload: Upload, at: number): Promise<void> {
  const { url } = firstOf(upload)
  const stored = world.write(upload, 'hello')
  const { fid, deviceId } = stored
  const receipt = world.hostOf(deviceId).receiptAt(url, stored, world.clock.nowMs())
  const path = `/v1/domains/demo/uploads/${fid}/close`
  const { code } = await world.call('POST', path, { json: { deviceId, receipt }, at })
  assert.equal(code, undefined, `${url} at tracker ${at}`)
}

function firstOf({ targets }: Upload) {
  const [target] = targets
  assert.ok(target !== undefined)
  return target
}
const versionIn = (upload: Upload) => new URL(firstOf(upload).url).searchParams.get('key')

test('a rotated key is used at once; what was given out before stays good', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  const before = await world.open('before')
  await world.open('warm', {}, 1) // the second tracker has looked at the cluster
  assert.deepEqual(await rotate(world, 'host-1'), { keyVersion: 2 })

  const [after, late] = [await world.open('after'), await world.open('late', {}, 1)]
  assert.deepEqual([before, after, late].map(versionIn), ['1', '2', '1'])
  for (const upload of [before, after, late]) accepted(world, upload)

  await storeAndClose(world, before, 0)
  await storeAndClose(world, after, 1) // whose view is older than the rotation
  await storeAndClose(world, late, 0)
  await world.host(0).sync()
  for (const upload of [before, after, late]) accepted(world, upload)
})

test('a key is not rotated while that would have something refused, but by force', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  assert.equal(await rotate(world, 'none'), 'unknown_host')
  await world.sql('update host set held_key_version = 1')
  assert.equal(await rotate(world, 'host-1'), 'rotation_too_early', 'the agent has no next key')

  await world.host(0).sync()
  assert.deepEqual(await rotate(world, 'host-1'), { keyVersion: 2 })
  for (const _ of ['gets the next key', 'says that it has it']) await world.host(0).sync()
  assert.equal(await rotate(world, 'host-1'), 'rotation_too_early', 'tickets are not expired')
  await world.sql(`update host set rotated_at = rotated_at - interval '1 hour 61 s'`)
  assert.deepEqual(await rotate(world, 'host-1'), { keyVersion: 3 })
  assert.deepEqual(await rotate(world, 'host-1', true), { keyVersion: 4 }, 'by force')
})

test('of many who rotate at once, one does', async () => {
  await using world = await trackerWorld({ hosts: 1, trackers: 2 })
  const outcomes = await atOnce(8, () => rotate(world, 'host-1'))
  assert.equal(outcomes.filter((outcome) => outcome === 'rotation_too_early').length, 7)
  assert.deepEqual(await world.sql('select key_version from host'), [{ key_version: 2 }])
})

test('the secret of the trackers changes in two steps, and nothing is refused', async () => {
  const [old, next] = ['the secret of old, 32 characters', 'the next secret of 32 characters']
  const secrets = [
    { trackerSecret: old },
    { trackerSecret: old, alsoTrackerSecret: next },
    { trackerSecret: next, alsoTrackerSecret: old },
    { trackerSecret: next },
  ]
  await using world = await trackerWorld({ hosts: 1, trackers: secrets.length, secrets })
  const host = world.host(0)
  const given: Upload[] = []
  // trackers are replaced one by one: at every step, those before and after it run side by side
  for (const [step] of secrets.entries()) {
    const beside = [step, Math.min(step + 1, secrets.length - 1)]
    for (const at of beside) given.push(await world.open(`${step} ${at}`, {}, at))
    for (const upload of given.slice(-4)) accepted(world, upload)

    for (const [nr, at] of beside.entries()) {
      const upload = await world.open(`${step} closed`, {}, at)
      await storeAndClose(world, upload, beside.at(-1 - nr) ?? at)
    }
    host.trackerUrl = world.tracker(beside.at(-1)).url // it happens to ask the newer one
    await host.sync()
  }
})
