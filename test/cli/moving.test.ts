// Emptying devices and rebalancing, as an operator orders and sees it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeviceId } from '#shared/ids.ts'
import type { Decommission, Rebalance, RebalanceTest } from '#shared/wire/moving.ts'
import type { WhatIfAnswer } from '#shared/wire/what-if.ts'
import { standIn } from '#test/client/stand-in.ts'
import { answer } from './answer.ts'
import { mog } from './mog.ts'

const deviceId = DeviceId.parse(3)
const leaving: Decommission = {
  devices: [
    {
      deviceId,
      state: 'drain',
      files: 812,
      bytes: 81_900_000,
      leaving: 800,
      arriving: false,
      isSafe: false,
    },
  ],
  refused: [{ deviceId, reason: 'no device can take a copy', files: 12, bytes: 90 }],
  isSafe: false,
}
const running: Rebalance = {
  state: 'running',
  policy: 'limit_by=count limit=30',
  filesQueued: 30,
  bytesQueued: 3_000,
  filesMoved: 12,
  bytesMoved: 1_200,
  filesWaiting: 18,
  startedAtMs: 0,
  stoppedAtMs: null,
  finishedAtMs: null,
  sources: [{ deviceId, filesQueued: 30, bytesQueued: 3_000, done: true }],
  refused: [],
}

test('a device on its way out says how much is left, and why some stays', async () => {
  await using world = await standIn({ nodes: 1 })
  for (const [words, request] of [
    ['device decommission 3', 'POST /devices/3/decommission'],
    ['device decommission 3 --status', 'GET /devices/3/decommission'],
    ['host decommission a --cancel', 'DELETE /hosts/a/decommission'],
  ] as const) {
    answer(world, 200, leaving)
    const said = await mog(words.split(' '), { world, cwd: '/' })
    assert.equal(said.code, 0, said.err)
    assert.equal(world.asked.at(-1), `tracker ${request.replace(' ', ' /v1/admin')}`)
    assert.match(said.out, /3 {2}drain +812 +81\.9 MB +800 +no/)
    assert.match(said.out, /12 +3 {2}no device can take a copy/)
    assert.match(said.out, /is not safe to pull yet\./)
  }
})

test('a rebalance is told its policy, shown, started and watched', async () => {
  await using world = await standIn({ nodes: 1 })
  const plan: RebalanceTest = {
    sources: [{ deviceId, files: 100, bytes: 10_000, filesLeft: 30, bytesLeft: null }],
    destinations: [DeviceId.parse(4)],
    files: 30,
    bytes: 3_000,
    estimatedS: 90,
  }
  answer(world, 200, plan)
  const shown = await mog(['rebalance', 'test'], { world, cwd: '/' })
  assert.match(shown.out, /30 files, 3\.0 kB/)
  assert.match(shown.out, /1 min 30 s/)
  assert.match(shown.out, /3 +100 +10\.0 kB +30 files/)

  const orders: [words: string, request: string, body: string][] = [
    [
      'rebalance policy limit_by=count limit=30',
      'PATCH rebalance',
      '{"policy":"limit_by=count limit=30"}',
    ],
    ['rebalance policy', 'GET rebalance', ''],
    ['rebalance status', 'GET rebalance', ''],
    ['rebalance start', 'POST rebalance/start', '{}'],
    ['rebalance stop', 'POST rebalance/stop', '{}'],
    ['rebalance reset', 'POST rebalance/reset', '{}'],
  ]
  for (const [words, request, body] of orders) {
    const seen = answer(world, 200, running)
    const said = await mog(words.split(' '), { world, cwd: '/' })
    assert.equal(said.code, 0, said.err)
    assert.equal(world.asked.at(-1), `tracker ${request.replace(' ', ' /v1/admin/')}`)
    assert.equal(seen.body, body)
    assert.match(said.out, /moved +12 files, 1\.2 kB/)
    assert.match(said.out, /3 +30 +3\.0 kB +yes/)
  }
})

test('what the end of a device would mean is told in words', async () => {
  await using world = await standIn({ nodes: 1 })
  const found: WhatIfAnswer = {
    event: 'dies',
    deviceIds: [deviceId],
    touched: { files: 100, bytes: 1_000 },
    lost: { files: 2, bytes: 20 },
    unreadable: { files: 0, bytes: 0 },
    short: { files: 98, bytes: 980 },
    toCopy: { copies: 98, bytes: 980 },
    room: { bytesToSpare: 900, bytesMissing: 80, isEnough: false },
    stuck: [{ domain: 'demo', class: 'default', reason: 'no device can take a copy', files: 8 }],
    isWhole: true,
  }
  answer(world, 200, found)
  const said = await mog(['what-if', 'device', '3', 'dies'], { world, cwd: '/' })
  assert.equal(world.asked.at(-1), 'tracker GET /v1/admin/what-if?event=dies&device=3')
  assert.match(said.out, /would be lost +2 files, 20 B/)
  assert.match(said.out, /room elsewhere +900 B: 80 B are missing/)
  assert.match(said.out, /8 {2}demo\/default {2}no device can take a copy/)
  const wrong = await mog(['what-if', 'device', '3', 'sleeps'], { world, cwd: '/' })
  assert.equal(wrong.code, 2)
})
