// Which devices an agent works with: those that carry their identity, in the state that the tracker
// gave them. A disk that is not there, or another one in its place, is never written to.
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { formatDevice } from '#agent/disk/identity.ts'
import { Lane } from '#agent/disk/lane.ts'
import { openMount } from '#agent/disk/mount.ts'
import { DeviceId, HostId } from '#shared/ids.ts'
import type { DeviceState } from '#shared/states.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { codeOf, type Host, startHost } from './support/host.ts'

const first = DeviceId.parse(1)
const second = DeviceId.parse(2)

const put = (url: string) => fetch(url, { method: 'PUT', body: 'hello' })

/** The condition that the tracker hears next, from now on, for device 1. */
async function nextCondition(host: Host, wanted: string) {
  const from = host.tracker.syncs.length
  const gauge = await host.tracker.heard(() =>
    host.tracker.syncs
      .slice(from)
      .flatMap(({ devices }) => devices)
      .find(({ deviceId, condition }) => deviceId === 1 && condition === wanted),
  )
  return gauge.reason
}

test('every sync says how full and how busy the devices are', async () => {
  await using host = await startHost({ devices: 2 })
  const { syncs } = host.tracker
  const { devices, url, started } = await host.tracker.heard(() => syncs[0])
  const found = devices.map(({ deviceId, condition }) => `${deviceId} ${condition}`)
  assert.deepEqual(found.toSorted(), ['1 ok', '2 ok'])
  for (const { bytesFree, bytesTotal } of devices) assert.ok(bytesFree < bytesTotal)
  assert.equal(url, host.agent.url)
  assert.equal(started, true)
  assert.equal((await host.tracker.heard(() => syncs[1])).started, false)
})

test('an unmounted disk is fenced, not written to, and comes back by itself', async () => {
  await using host = await startHost({ devices: 2 })
  const device = join(host.root, 'dev1')
  await put(host.put(1))
  await rename(device, join(host.root, 'unmounted'))
  await mkdir(device)
  assert.equal(await nextCondition(host, 'fenced'), 'no identity file: is the disk mounted?')

  const refused = await put(host.put(2))
  assert.equal(refused.status, 503)
  assert.equal(await codeOf(refused), 'device_unavailable')
  assert.equal((await fetch(host.get(1))).status, 503)
  assert.deepEqual(await readdir(device), [], 'the empty mount point stays empty')
  assert.equal((await put(host.put(3, { deviceId: second }))).status, 201, 'others go on')

  await rm(device, { recursive: true })
  await rename(join(host.root, 'unmounted'), device)
  await nextCondition(host, 'ok')
  assert.equal((await fetch(host.get(1))).status, 200)
  assert.equal((await put(host.put(2))).status, 201)
})

test('what was under way when a disk was unmounted does not land in its mount point', async () => {
  await using host = await startHost()
  const device = join(host.root, 'dev1')
  const { readable, writable } = new TransformStream<Uint8Array>()
  const putting = fetch(host.put(1), { method: 'PUT', body: readable, duplex: 'half' })
  const writer = writable.getWriter()
  await writer.write(Buffer.alloc(100_000))
  await rename(device, join(host.root, 'unmounted'))
  await mkdir(device)
  await writer.write(Buffer.alloc(3_000_000))
  await writer.close()
  await putting
  assert.deepEqual(await readdir(device), [])
})

test('who comes back to a disk that was closed meanwhile writes nothing', async () => {
  await using dir = await tempDir()
  const owner = { clusterId: crypto.randomUUID(), deviceId: first }
  await formatDevice(dir.path, { ...owner, hostId: HostId.parse(1) }, new Date())
  const mount = await openMount(dir.path, owner, new Lane(1), () => undefined)
  assert.equal(await mount.use(() => Promise.resolve('open')), 'open')
  await mount[Symbol.asyncDispose]()
  // another file may have its handle's number by now
  const late = mount.use(() => Promise.resolve('written'))
  await assert.rejects(late, { code: 'device_unavailable' })
})

for (const [what, change, reason] of [
  ['another cluster', { clusterId: crypto.randomUUID() }, 'belongs to another cluster'],
  ['another number', { deviceId: 9 }, 'is device 9'],
] as const)
  test(`a disk of ${what} is fenced`, async () => {
    await using host = await startHost()
    const file = join(host.root, 'dev1/mogile-device.json')
    const identity = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(await readFile(file, 'utf8')))
    await writeFile(file, JSON.stringify({ ...identity, ...change }))
    assert.equal(await nextCondition(host, 'fenced'), reason)
    assert.equal(await codeOf(await put(host.put(1))), 'device_unavailable')
    await writeFile(file, 'not JSON')
    await host.stop()
    await host.start()
    assert.equal(await nextCondition(host, 'fenced'), 'the identity file is damaged')
  })

test('the state that an operator gave a device holds for its clients', async () => {
  await using host = await startHost()
  await put(host.put(1))
  const expected: [DeviceState, write: number, read: number][] = [
    ['readonly', 503, 200],
    ['drain', 201, 200],
    ['down', 503, 503],
    ['dead', 503, 503],
    ['alive', 201, 200],
  ]
  for (const [fid, [state, write, read]] of expected.entries()) {
    host.tracker.devices = [{ deviceId: first, state, sweptFid: 0 }]
    // the second sync begins when the answer to the first was followed
    for (const _ of [1, 2]) await host.events.next('agent.synced', host.events.all.length)
    assert.equal((await put(host.put(10 + fid))).status, write, `write to ${state}`)
    assert.equal((await fetch(host.get(1))).status, read, `read from ${state}`)
  }
})

test('a device that the tracker gave to another host is left alone', async () => {
  await using host = await startHost({ devices: 2 })
  host.tracker.devices = [{ deviceId: second, state: 'alive', sweptFid: 0 }]
  for (const _ of [1, 2]) await host.events.next('agent.synced', host.events.all.length)
  assert.equal(await codeOf(await put(host.put(1))), 'device_unavailable')
  assert.equal((await put(host.put(1, { deviceId: second }))).status, 201)
})

test('an agent serves its disks while no tracker answers', async () => {
  await using host = await startHost()
  await put(host.put(1))
  await host.stop()
  await host.tracker[Symbol.asyncDispose]()
  await host.start()
  assert.equal((await fetch(host.get(1))).status, 200)
  assert.equal((await put(host.put(2))).status, 201)
})

test('the health page names the devices, and nothing else', async () => {
  await using host = await startHost()
  const response = await fetch(`${host.agent.url}/health`)
  assert.deepEqual(await response.json(), {
    status: 'ok',
    hostId: 7,
    devices: [{ deviceId: 1, state: 'alive', condition: 'ok' }],
  })
})
