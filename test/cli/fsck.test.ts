// Fsck from the command line: what is asked of the tracker, and how far runs are shown to be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standIn } from '#test/client/stand-in.ts'
import { answer } from './answer.ts'
import { mog } from './mog.ts'

const progress = {
  deviceId: 3,
  host: 'a',
  share: 0.5,
  checkedFid: 310,
  lastFid: 620,
  files: 310,
  bytes: 90_311_804,
  startedAtMs: 0,
  doneAtMs: null,
  waits: 'the device is marked down',
}
const run = {
  fsckId: 2,
  check: 'checksums',
  domain: 'photos',
  class: null,
  prefix: '2026/',
  deviceId: null,
  bytesPerS: 20_000_000,
  filesPerS: null,
  state: 'running',
  startedAtMs: 0,
  changedAtMs: 0,
  counts: { MISS: 1, REPL: 1 },
  devices: [progress],
}
const scrub = {
  ...run,
  fsckId: 0,
  domain: null,
  prefix: null,
  bytesPerS: null,
  counts: {},
  devices: [{ ...progress, share: 1, doneAtMs: 0 }],
}
const list = { runs: [run, scrub], lost: { searching: 0, gone: 0 }, lastEventId: 2 }

test('a run is begun with its scope, its check and its pace', async () => {
  await using world = await standIn({ nodes: 1 })
  const seen = answer(world, 201, { fsckId: 2 })
  const words =
    'fsck start photos 2026/ --class thumb --check sizes --bytes-per-s 50MB --files-per-s 100'
  const { code, out } = await mog(words.split(' '), { cwd: '/', world })
  assert.deepEqual([code, out], [0, 'run 2 has begun: mog fsck status --follow\n'])
  assert.deepEqual(JSON.parse(seen.body ?? ''), {
    check: 'sizes',
    domain: 'photos',
    prefix: '2026/',
    class: 'thumb',
    bytesPerS: 50_000_000,
    filesPerS: 100,
  })
})

test('how far a run is stands beside what keeps it, and the scrub below', async () => {
  await using world = await standIn({ nodes: 1 })
  answer(world, 200, list)
  const { out } = await mog(['fsck', 'status'], { cwd: '/', world })
  assert.deepEqual(out.split('\n'), [
    'run 2     running since 1970-01-01T00:00:00Z',
    'looks at  checksums of domain photos, keys with 2026/, at most 20.0 MB/s a device',
    'found     MISS 1, REPL 1',
    '',
    'DEVICE  HOST  LOOKED AT                         FILES    BYTES  LEFT',
    '     3  a     [============>           ]  50 %    310  90.3 MB  the device is marked down',
    '',
    'the scrub  running since 1970-01-01T00:00:00Z',
    'looks at   checksums of everything',
    'found      nothing',
    '',
    'DEVICE  HOST  LOOKED AT                         FILES    BYTES  LEFT',
    '     3  a     [========================] 100 %    310  90.3 MB  done 1970-01-01T00:00:00Z',
    '',
    'Of every file a good copy is known.',
    '',
  ])
})

test('a run is followed until it is done', async () => {
  await using world = await standIn({ nodes: 1 })
  answer(world, 200, list)
  answer(world, 200, { ...list, runs: [{ ...run, state: 'done', devices: [] }] })
  const { out, err } = await mog(['fsck', 'status', '2', '--follow'], {
    cwd: '/',
    world,
    isTTY: true,
  })
  assert.match(out, /^run 2 {5}done since/)
  assert.match(err, /run 2 {2}\[/)
})

test('a run is paused, resumed and stopped: the newest, or the one that is named', async () => {
  await using world = await standIn({ nodes: 1 })
  for (const [words, path, state] of [
    ['fsck pause', 'fsck/2', 'paused'],
    ['fsck resume 2', 'fsck/2', 'running'],
    ['fsck stop', 'fsck/2', 'stopped'],
    ['fsck pause scrub', 'fsck/0', 'paused'],
  ] as const) {
    answer(world, 200, list)
    const seen = answer(world, 200, {})
    assert.equal((await mog(words.split(' '), { cwd: '/', world })).code, 0)
    assert.equal(world.asked.at(-1), `tracker PATCH /v1/admin/${path}`)
    assert.equal(seen.body, JSON.stringify({ state }))
  }
  answer(world, 200, list)
  const { code, err } = await mog(['fsck', 'pause', '9'], { cwd: '/', world })
  assert.equal(code, 2)
  assert.match(err, /There is no run 9/)
})

test('the log says what was found in words', async () => {
  await using world = await standIn({ nodes: 1 })
  const event = {
    eventId: 1,
    atMs: 0,
    fsckId: 0,
    code: 'BLEN',
    says: 'the copy has another length than the file',
    fid: 12,
    deviceId: 3,
    detail: '0 bytes instead of 1',
    domain: 'photos',
    key: 'a.jpg',
  }
  answer(world, 200, { events: [event], nextAfter: 1 })
  const { out } = await mog(['fsck', 'log', '--run', '0'], { cwd: '/', world })
  assert.equal(world.asked.at(-1), 'tracker GET /v1/admin/fsck/log?fsckId=0')
  const says = 'the copy has another length than the file: 0 bytes instead of 1'
  assert.equal(
    out.split('\n')[1],
    `1  1970-01-01T00:00:00Z  scrub  BLEN   12       3  photos/a.jpg  ${says}`,
  )
})
