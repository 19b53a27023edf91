// In which order copies are offered for reading (MogileFS Q03).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceView } from '#shared/device-view.ts'
import { rankSources, type SourceAsk } from '#tracker/placement/rank-sources.ts'
import {
  ascending,
  device,
  idsOf,
  nobodyIsSilent,
  seededRandom,
  settings,
  shares,
} from './device.ts'

const TRIES = 4_000

function ranker(replicas: readonly DeviceView[], ask: Partial<SourceAsk> = {}): () => number[] {
  const random = seededRandom(11)
  return () => idsOf(rankSources({ replicas, settings, isSilent: nobodyIsSilent, random, ...ask }))
}

const isHost4 = (url: string) => url === 'http://host-4:7500'

test('copies on draining devices come after the others, whatever their load', () => {
  const rank = ranker([
    device(1, { state: 'drain', utilization: 0 }),
    device(2, { utilization: 1 }),
    device(3, { utilization: 0.9 }),
  ])
  for (let n = 0; n < TRIES; n++) assert.equal(rank()[2], 1)
})

test('copies on down and dead devices, and in such hosts, are never offered', () => {
  const rank = ranker([
    device(1),
    device(2, { state: 'down' }),
    device(3, { state: 'dead' }),
    device(4, { hostState: 'down' }),
    device(5, { hostState: 'dead' }),
    device(6, { url: null }),
  ])
  assert.deepEqual(rank(), [1])
})

test('copies that may be unreachable come last of all, behind draining ones', () => {
  const rank = ranker(
    [
      device(1, { silentMs: 20_000 }),
      device(2, { condition: 'fenced' }),
      device(3, { state: 'drain' }),
      device(4),
      device(5),
    ],
    { isSilent: isHost4 },
  )
  for (let n = 0; n < 100; n++) {
    const ranked = rank()
    assert.deepEqual(ranked.slice(0, 2), [5, 3])
    assert.deepEqual(ascending(ranked.slice(2)), [1, 2, 4])
  }
})

test('readonly and full devices serve readers like any other', () => {
  const rank = ranker([
    device(1, { state: 'readonly' }),
    device(2, { condition: 'full' }),
    device(3, { hostState: 'readonly' }),
  ])
  const first = shares(TRIES, () => rank()[0])
  for (const id of [1, 2, 3]) assert.ok((first.get(id) ?? 0) > 0.28, `${id}: ${first.get(id)}`)
})

test('the idle device is read as much more often as it is idler', () => {
  // 102 - 2 and 102 - 52: two to one
  const rank = ranker([device(1, { utilization: 0.02 }), device(2, { utilization: 0.52 })])
  const first = shares(TRIES, () => rank()[0])
  assert.ok(Math.abs((first.get(1) ?? 0) - 2 / 3) < 0.04, `${first.get(1)}`)
})

test('a fully busy device is still read now and then', () => {
  const rank = ranker([device(1, { utilization: 1 }), device(2, { utilization: 0 })])
  const share = shares(TRIES, () => rank()[0]).get(1) ?? 0
  assert.ok(share > 0.005 && share < 0.05, `${share}`)
})

test('where the load is unknown, the weight that the operator gave decides', () => {
  const unknown = { utilization: null }
  const rank = ranker([
    device(1, { ...unknown, weight: 30 }),
    device(2, { ...unknown, weight: 10 }),
  ])
  const first = shares(TRIES, () => rank()[0])
  assert.ok(Math.abs((first.get(1) ?? 0) - 3 / 4) < 0.04, `${first.get(1)}`)
})

test('a file without a copy that may be read has no sources', () => {
  assert.deepEqual(ranker([])(), [])
  assert.deepEqual(ranker([device(1, { state: 'dead' })])(), [])
})
