// Which copies a file still needs, and where: the policy asked until it is content or stuck.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceView } from '#shared/device-view.ts'
import { DeviceId } from '#shared/ids.ts'
import { type CopyPlan, planCopies } from '#tracker/placement/plan-copies.ts'
import { parsePolicy } from '#tracker/placement/replication-policy/parse-policy.ts'
import { ascending, device, seededRandom, settings, shares } from './device.ts'

interface Ask {
  devices: readonly DeviceView[]
  on: readonly number[]
  coming?: readonly number[]
  leaving?: readonly number[]
  copies?: number
  bytes?: number
  random?: () => number
}

const plan = ({
  devices,
  on,
  coming = [],
  leaving = [],
  copies = 2,
  bytes = 0,
  random,
}: Ask): CopyPlan =>
  planCopies({
    policy: parsePolicy('MultipleHosts()'),
    copies,
    bytes,
    masked: [],
    on: on.map((id) => DeviceId.parse(id)),
    coming: coming.map((id) => DeviceId.parse(id)),
    leaving: leaving.map((id) => DeviceId.parse(id)),
    devices: new Map(devices.map((each) => [each.deviceId, each])),
    settings,
    random: random ?? seededRandom(3),
  })

const four = [1, 2, 3, 4].map((id) => device(id))

test('a file with one copy gets the others at once, each in another host', () => {
  const { to, stillShort } = plan({ devices: four, on: [1], copies: 3 })
  assert.equal(to.length, 2)
  assert.equal(new Set([1, ...to]).size, 3)
  assert.equal(stillShort, undefined)
})

test('copies that are on their way count', () => {
  assert.deepEqual(plan({ devices: four, on: [1], coming: [2] }).to, [])
  assert.equal(plan({ devices: four, on: [1], coming: [2], copies: 3 }).to.length, 1)
})

test('a place where a copy was called off is not taken again before it was erased', () => {
  const devices = [device(1), device(2), device(3)]
  assert.deepEqual(plan({ devices, on: [1], leaving: [2] }).to, [3])
  const waiting = plan({ devices, on: [1], leaving: [2, 3] })
  assert.deepEqual([waiting.to, waiting.stillShort], [[], 'no device can take a copy'])
})

test('a copy on a dead disk is none', () => {
  const devices = [device(1), device(2, { state: 'dead' }), device(3)]
  assert.deepEqual(plan({ devices, on: [1, 2] }).to, [3])
})

test('a copy on a drained, readonly or down disk counts still', () => {
  for (const state of ['drain', 'readonly', 'down']) {
    const devices = [device(1), device(2, { state }), device(3)]
    assert.deepEqual(plan({ devices, on: [1, 2] }).to, [], state)
  }
})

test('the last copy is more urgent than others', () => {
  assert.equal(plan({ devices: four, on: [1], copies: 3 }).priority, 0)
  assert.equal(plan({ devices: four, on: [1, 2], copies: 3 }).priority, 2)
  const devices = [device(1), device(2, { state: 'dead' }), device(3)]
  assert.equal(plan({ devices, on: [1, 2] }).priority, 0, 'a dead one does not count')
})

test('without a copy that can be read nothing is ordered, and the reason is told', () => {
  const devices = [device(1, { state: 'down' }), device(2), device(3)]
  assert.deepEqual(plan({ devices, on: [1] }), {
    to: [],
    priority: 0,
    stillShort: 'no copy can be read',
  })
  assert.equal(plan({ devices, on: [] }).stillShort, 'no copy can be read')
})

test('a copy goes only where there is room for this file', () => {
  const devices = [device(1), device(2, { bytesFree: 500 }), device(3, { bytesFree: 5_000 })]
  assert.deepEqual(plan({ devices, on: [1], bytes: 1_000 }).to, [3])
})

test('with no other host to go to, a second disk of the same one is taken, and told', () => {
  const devices = [
    device(1, { hostId: 1 }),
    device(2, { hostId: 1 }),
    device(3, { condition: 'full' }),
  ]
  assert.deepEqual(plan({ devices, on: [1] }), {
    to: [2],
    priority: 0,
    stillShort: 'no device can take a copy',
  })
})

test('what one host can give is enough where there is one host', () => {
  const devices = [device(1, { hostId: 1 }), device(2, { hostId: 1 })]
  const planned = plan({ devices, on: [1] })
  assert.deepEqual(planned, { to: [2], priority: 0 })
})

test('copies that share a host move apart when another host has room', () => {
  const devices = [device(1, { hostId: 1 }), device(2, { hostId: 1 }), device(3)]
  assert.deepEqual(plan({ devices, on: [1, 2] }), { to: [3], priority: 2, tooGood: true })
})

test('a file that has all its copies needs none, one that has too many neither', () => {
  assert.deepEqual(plan({ devices: four, on: [1, 2] }), { to: [], priority: 2 })
  assert.deepEqual(plan({ devices: four, on: [1, 2, 3] }), { to: [], priority: 2, tooGood: true })
})

test('copies spread over the devices that may have them, the emptier more', () => {
  const random = seededRandom(9)
  const devices = [device(1), device(2, { bytesFree: 6_000 }), device(3, { bytesFree: 3_000 })]
  const chosen = shares(4_000, () => plan({ devices, on: [1], random }).to[0])
  assert.ok(
    Math.abs((chosen.get(DeviceId.parse(2)) ?? 0) - 2 / 3) < 0.04,
    `${chosen.get(DeviceId.parse(2))}`,
  )
})

test('a class that wants more copies than there are disks gets one on each, and is content', () => {
  const { to, stillShort } = plan({ devices: four, on: [1], copies: 10 })
  assert.deepEqual(ascending(to), [2, 3, 4])
  assert.equal(stillShort, undefined)
})
