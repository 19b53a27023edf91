// A copy that is to leave its device: what is next for it, in every situation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceView } from '#shared/device-view.ts'
import { DeviceId } from '#shared/ids.ts'
import { type MovePlan, planMove } from '#tracker/placement/plan-move.ts'
import { parsePolicy } from '#tracker/placement/replication-policy/parse-policy.ts'
import { device, seededRandom, settings } from './device.ts'

interface Ask {
  all: readonly DeviceView[]
  on: readonly number[]
  masked: readonly number[]
  replacements?: readonly number[]
  coming?: readonly number[]
  policy?: string
  copies?: number
  allowed?: readonly number[]
}

const ids = (numbers: readonly number[]) => numbers.map((each) => DeviceId.parse(each))

const next = ({ all, on, masked, policy = 'MultipleHosts()', copies = 2, ...ask }: Ask): MovePlan =>
  planMove({
    policy: parsePolicy(policy),
    copies,
    bytes: 10,
    on: ids(on),
    coming: ids(ask.coming ?? []),
    leaving: [],
    masked: ids(masked),
    deviceId: DeviceId.parse(masked[0]),
    replacements: ids(ask.replacements ?? []),
    allowed: ask.allowed === undefined ? undefined : new Set(ids(ask.allowed)),
    devices: new Map(all.map((each) => [each.deviceId, each])),
    settings,
    random: seededRandom(5),
  })

const draining = device(1, { state: 'drain' })

test('another copy is ordered before this one goes', () => {
  const all = [draining, device(2), device(3)]
  assert.deepEqual(next({ all, on: [1, 2], masked: [1] }), { kind: 'order', to: [3] })
  const coming = next({ all, on: [1, 2], masked: [1], coming: [3], replacements: [3] })
  assert.deepEqual(coming, { kind: 'wait' })
  const there = next({ all, on: [1, 2, 3], masked: [1], replacements: [3] })
  assert.deepEqual(there, { kind: 'drop', keep: [2, 3] })
})

test('what is too much already goes at once', () => {
  const all = [draining, device(2), device(3)]
  assert.deepEqual(next({ all, on: [1, 2, 3], masked: [1] }), { kind: 'drop', keep: [2, 3] })
})

test('a copy that cannot be read does not let another one go', () => {
  const all = [draining, device(2), device(3, { silentMs: 60_000 })]
  const plan = next({ all, on: [1, 2, 3], masked: [1] })
  assert.equal(plan.kind, 'refused')
})

test('a move to the host of another copy is refused: the file would be worse off', () => {
  const all = [device(1), device(2, { hostId: 2 }), device(3, { hostId: 2 })]
  assert.equal(next({ all, on: [1, 2], masked: [1] }).kind, 'refused')
})

test('where the drained host is no host any more, its neighbour is good enough', () => {
  const all = [draining, device(2, { hostId: 2 }), device(3, { hostId: 2 })]
  assert.deepEqual(next({ all, on: [1, 2], masked: [1] }), { kind: 'order', to: [3] })
  const there = next({ all, on: [1, 2, 3], masked: [1], replacements: [3] })
  assert.deepEqual(there, { kind: 'drop', keep: [2, 3] })
})

test('a file that waits for another zone anyway is moved within its own', () => {
  const near = { zone: 'near' }
  const all = [device(1, { ...near, state: 'drain' }), device(2, near), device(3, near)]
  const policy = 'HostsPerNetwork(near=2,far=1)'
  assert.deepEqual(next({ all, on: [1, 2], masked: [1], policy }), { kind: 'order', to: [3] })
  const there = next({ all, on: [1, 2, 3], masked: [1], replacements: [3], policy })
  assert.deepEqual(there, { kind: 'drop', keep: [2, 3] })
})

test('a replacement that healing took for itself is not counted twice', () => {
  const all = [draining, device(2), device(3), device(4)]
  const plan = next({ all, on: [1, 2, 3], masked: [1], copies: 3 })
  assert.deepEqual(plan, { kind: 'order', to: [4] })
})

test('a rebalance goes only where it is let', () => {
  const all = [device(1), device(2), device(3), device(4)]
  assert.deepEqual(next({ all, on: [1, 2], masked: [1], allowed: [4] }), { kind: 'order', to: [4] })
  const plan = next({ all, on: [1, 2], masked: [1], allowed: [] })
  assert.deepEqual(plan, { kind: 'refused', reason: 'no device can take a copy' })
})

test('the last copy of a file moves as others do: first another one, then it goes', () => {
  const all = [draining, device(2)]
  assert.deepEqual(next({ all, on: [1], masked: [1], copies: 1 }), { kind: 'order', to: [2] })
  const there = next({ all, on: [1, 2], masked: [1], copies: 1, replacements: [2] })
  assert.deepEqual(there, { kind: 'drop', keep: [2] })
})

test('two copies of a file that both leave are replaced both', () => {
  const all = [draining, device(2, { state: 'drain' }), device(3), device(4)]
  const plan = next({ all, on: [1, 2], masked: [1, 2] })
  assert.deepEqual(plan.kind === 'order' && plan.to.toSorted((a, b) => a - b), [3, 4])
})
