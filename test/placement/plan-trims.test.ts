// Copies that are more than wanted: which go, and when none does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceView } from '#shared/device-view.ts'
import { planTrims } from '#tracker/placement/plan-trims.ts'
import { parsePolicy } from '#tracker/placement/replication-policy/parse-policy.ts'
import { ascending, device, settings } from './device.ts'

interface Ask {
  on: readonly DeviceView[]
  masked?: readonly DeviceView[]
  policy?: string
  copies?: number
}

const trimmed = ({ on, masked = [], policy = 'MultipleHosts()', copies = 2 }: Ask) => {
  const all = [...on, device(91), device(92)]
  const { drop, keep } = planTrims({
    policy: parsePolicy(policy),
    copies,
    on: on.map(({ deviceId }) => deviceId),
    masked: masked.map(({ deviceId }) => deviceId),
    devices: new Map(all.map((each) => [each.deviceId, each])),
    settings,
  })
  return { drop: ascending(drop), keep: ascending(keep) }
}

const full = { bytesFree: 200 }

test('the fullest go first', () => {
  const on = [device(1), device(2, full), device(3), device(4, { bytesFree: 300 })]
  assert.deepEqual(trimmed({ on }), { drop: [2, 4], keep: [1, 3] })
})

test('a drained disk goes before a full one, and what is to leave before both', () => {
  const leaving = device(3)
  const on = [device(1, full), device(2, { state: 'drain' }), leaving, device(4)]
  assert.deepEqual(trimmed({ on, masked: [leaving], copies: 3 }).drop, [3])
  assert.deepEqual(trimmed({ on, copies: 3 }).drop, [2])
  assert.deepEqual(trimmed({ on, masked: [leaving] }).drop, [2, 3])
})

test('of disks alike the busiest goes', () => {
  const on = [device(1), device(2, { utilization: 0.9 }), device(3)]
  assert.deepEqual(trimmed({ on }).drop, [2])
})

test('a copy that the spread needs stays, however full its disk is', () => {
  const on = [device(1, { hostId: 1 }), device(2, { hostId: 1 }), device(3, full)]
  assert.deepEqual(trimmed({ on }).keep.includes(3), true)
  assert.equal(trimmed({ on }).drop.length, 1)
  const zoned = [
    device(1, { zone: 'a' }),
    device(2, { zone: 'a' }),
    device(3, { zone: 'b', ...full }),
  ]
  assert.deepEqual(
    trimmed({ on: zoned, policy: 'HostsPerNetwork(a=1,b=1)' }).keep.includes(3),
    true,
  )
})

test('nothing goes while what would be left cannot all be read', () => {
  for (const away of [{ silentMs: 60_000 }, { state: 'down' }, { condition: 'fenced' }]) {
    const on = [device(1), device(2, away), device(3)]
    assert.deepEqual(trimmed({ on }).drop, [2], 'only what is away itself')
    assert.deepEqual(trimmed({ on: [device(1), device(2, away)], copies: 1 }).drop, [2])
    const bothAway = [device(1), device(2, away), device(3, away)]
    assert.deepEqual(trimmed({ on: bothAway }).drop, [])
  }
})

test('what is to leave does not count as left', () => {
  const [stays, leaves] = [device(1), device(2)]
  assert.deepEqual(trimmed({ on: [stays, leaves], masked: [leaves], copies: 1 }), {
    drop: [2],
    keep: [1],
  })
  assert.deepEqual(trimmed({ on: [leaves], masked: [leaves], copies: 1 }).drop, [])
})

test('a file that has what it wants loses nothing', () => {
  assert.deepEqual(trimmed({ on: [device(1), device(2)] }).drop, [])
  assert.deepEqual(trimmed({ on: [device(1)] }).drop, [])
})

test('a copy on a dead disk is not counted, and not dropped here', () => {
  const on = [device(1), device(2), device(3, { state: 'dead' })]
  assert.deepEqual(trimmed({ on }), { drop: [], keep: [1, 2] })
})
