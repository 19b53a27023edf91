// Where a new file may go (MogileFS Q01): distinct hosts, room, idleness, nothing out of service.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceView } from '#shared/device-view.ts'
import { MAX_TARGETS } from '#shared/limits.ts'
import { chooseTargets, type TargetAsk } from '#tracker/placement/choose-targets.ts'
import { parsePolicy } from '#tracker/placement/replication-policy/parse-policy.ts'
import { ascending, device, nobodyIsSilent, seededRandom, settings, shares } from './device.ts'

const TRIES = 4_000

/** A chooser with a randomness of its own. */
function chooser(devices: readonly DeviceView[], ask: Partial<TargetAsk> = {}): () => number[] {
  const random = seededRandom(7)
  return () =>
    chooseTargets({ devices, bytes: 0, settings, isSilent: nobodyIsSilent, random, ...ask }).map(
      ({ deviceId }) => deviceId,
    )
}

const hostsOf = (ids: readonly number[], devices: readonly DeviceView[]) =>
  ids.map((id) => devices.find(({ deviceId }) => deviceId === id)?.hostId)

const byText = (a: string | undefined, b: string | undefined) => (a ?? '').localeCompare(b ?? '')
const isHost1 = (url: string) => url === 'http://host-1:7500'

test('three hosts are offered before any of them is offered twice', () => {
  const devices = Array.from({ length: 9 }, (_, n) => device(n + 1, { hostId: (n % 3) + 1 }))
  const choose = chooser(devices)
  for (let n = 0; n < TRIES; n++) {
    const hosts = hostsOf(choose(), devices)
    assert.equal(new Set(hosts.slice(0, 3)).size, 3)
    assert.equal(new Set(hosts.slice(3, 6)).size, 3)
  }
})

test('a new host full of empty disks does not get every offer to itself', () => {
  const empty = Array.from({ length: 24 }, (_, n) => device(n + 1, { hostId: 1, bytesFree: 9_900 }))
  const devices = [...empty, device(31, { hostId: 2 }), device(32, { hostId: 3 })]
  const choose = chooser(devices)
  for (let n = 0; n < TRIES; n++)
    assert.equal(new Set(hostsOf(choose().slice(0, 3), devices)).size, 3)
})

test('devices without room for the file are not offered', () => {
  const devices = [
    device(1, { bytesFree: 1_100 }),
    device(2, { bytesFree: 1_099 }),
    device(3, { bytesFree: null }),
  ]
  assert.deepEqual(chooser(devices, { bytes: 1_000 })(), [1])
  assert.deepEqual(chooser(devices, { bytes: 1_001 })(), [])
})

test('nothing full, readonly, draining, down, dead or silent is offered', () => {
  const devices = [
    device(1),
    device(2, { condition: 'full' }),
    device(3, { condition: 'readonly' }),
    device(4, { condition: 'fenced' }),
    device(5, { state: 'readonly' }),
    device(6, { state: 'drain' }),
    device(7, { state: 'down' }),
    device(8, { state: 'dead' }),
    device(9, { hostState: 'readonly' }),
    device(10, { hostState: 'down' }),
    device(11, { silentMs: 15_001 }),
    device(12, { silentMs: null }),
  ]
  assert.deepEqual(chooser(devices)(), [1])
})

test('a node that has just failed to answer is passed over, unless it is the only one', () => {
  assert.deepEqual(chooser([device(1), device(2)], { isSilent: isHost1 })(), [2])
  assert.deepEqual(chooser([device(1)], { isSilent: isHost1 })(), [1])
})

test('a device with twice the share of free room comes first twice as often', () => {
  const choose = chooser([device(1, { bytesFree: 8_000 }), device(2, { bytesFree: 4_000 })])
  const first = shares(TRIES, () => choose()[0])
  assert.ok(Math.abs((first.get(1) ?? 0) - 2 / 3) < 0.04, `${first.get(1)}`)
})

test('a busy device comes first seldom, and is still offered', () => {
  const choose = chooser([device(1, { utilization: 1 }), device(2), device(3)])
  const first = shares(TRIES, () => choose()[0])
  assert.ok((first.get(1) ?? 0) < 0.03, `${first.get(1)}`)
  assert.deepEqual(ascending(choose()), [1, 2, 3])
})

test('an operator who halves the weight of a device halves its part', () => {
  const choose = chooser([device(1, { weight: 50 }), device(2, { weight: 100 })])
  const first = shares(TRIES, () => choose()[0])
  assert.ok(Math.abs((first.get(1) ?? 0) - 1 / 3) < 0.04, `${first.get(1)}`)
})

test('however many devices there are, no more than the limit are named', () => {
  const choose = chooser(Array.from({ length: 60 }, (_, n) => device(n + 1)))
  assert.equal(choose().length, MAX_TARGETS)
  assert.deepEqual(chooser([])(), [])
})

test('every one of a small cluster gets its share of first places', () => {
  const choose = chooser(Array.from({ length: 5 }, (_, n) => device(n + 1)))
  const first = shares(TRIES, () => choose()[0])
  for (const [id, share] of first) assert.ok(Math.abs(share - 0.2) < 0.04, `${id}: ${share}`)
})

test('a policy leads: its zones are offered before others, in their numbers', () => {
  const policy = { policy: parsePolicy('HostsPerNetwork(near=2,far=1)'), copies: 2 }
  const zones = ['near', 'near', 'near', 'far', 'far', 'else', 'else', 'else']
  const devices = zones.map((zone, n) => device(n + 1, { zone }))
  const choose = chooser(devices, { policy })
  for (let n = 0; n < TRIES; n++) {
    const chosen = choose().map((id) => zones[id - 1])
    assert.deepEqual(chosen.slice(0, 3).toSorted(byText), ['far', 'near', 'near'])
    assert.equal(chosen.length, zones.length, 'the others may help when these fail')
  }
})
