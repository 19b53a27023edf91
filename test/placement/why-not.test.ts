// Why a device cannot take a copy: the one answer that planning and an operator get.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceView } from '#shared/device-view.ts'
import { DeviceId } from '#shared/ids.ts'
import { roomOf } from '#tracker/placement/reserve.ts'
import { type CandidateAsk, whyNot } from '#tracker/placement/why-not.ts'
import { device, settings } from './device.ts'

const ids = (...numbers: number[]) => numbers.map((each) => DeviceId.parse(each))
const ask: CandidateAsk = { bytes: 1_000, on: [], coming: [], leaving: [], settings }

const cases: [says: string, why: string | undefined, device: DeviceView, Partial<CandidateAsk>?][] =
  [
    ['a healthy disk with room', undefined, device(1)],
    ['one that holds the file', 'it holds a copy', device(1), { on: ids(1) }],
    ['one that gets it', 'a copy is on its way there', device(1), { coming: ids(1) }],
    [
      'one where it is to be erased',
      'bytes of this file are to be erased there first',
      device(1),
      { leaving: ids(1) },
    ],
    [
      'one of no rebalance',
      'the rebalance does not go there',
      device(1),
      { allowed: new Set(ids(2)) },
    ],
    ['a disk in drain', 'it is marked drain', device(1, { state: 'drain' })],
    ['a readonly host', 'its host is marked readonly', device(1, { hostState: 'readonly' })],
    ['a new host', 'its host was never heard', device(1, { silentMs: null })],
    ['a silent host', 'its host is silent since 16 s', device(1, { silentMs: 16_000 })],
    ['a fenced disk', 'its agent finds it fenced', device(1, { condition: 'fenced' })],
    ['a disk not looked at', 'its agent finds it not measured yet', device(1, { condition: null })],
    ['a disk without a gauge', 'its room is not known', device(1, { bytesFree: null })],
    [
      'a disk too full for this file',
      'too full: 950 bytes are to spare, the file has 1000',
      device(1, { bytesFree: 1_050 }),
    ],
  ]

for (const [says, why, asked, change] of cases)
  test(`${says}: ${why ?? 'can take it'}`, () =>
    assert.equal(whyNot(asked, { ...ask, ...change }), why))

test('what is on its way to a disk is not free there', () => {
  const room = roomOf(
    [device(1, { bytesFree: 3_000 })],
    [{ deviceId: DeviceId.parse(1), bytes: 1_800 }],
  )
  const now = () => whyNot(room.devices.get(DeviceId.parse(1)) ?? device(9), ask)
  assert.equal(now(), undefined)
  room.reserve(ids(1), 1_000)
  assert.match(now() ?? '', /^too full: 100 bytes are to spare/)
  room.reserve(ids(1, 7), 1_000)
  assert.match(now() ?? '', /^too full: 0 bytes/)
})
