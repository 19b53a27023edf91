// The lines of a catalogue, which of its leaves are due, and who learns when one disk cannot.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Due } from '#agent/disk/catalogue/due.ts'
import {
  compactLines,
  digestOf,
  entryLine,
  goneLine,
  readLines,
  sealedLine,
} from '#agent/disk/catalogue/lines.ts'
import { CATALOGUE_DELAY_MS, CATALOGUE_RETRY_MS, MAX_AWAITED_FIDS } from '#agent/limits.ts'
import { DeviceId, Fid } from '#shared/ids.ts'
import { startHost } from './support/host.ts'

const fid = (n: number) => Fid.parse(n)
const said = (n: number, key: string, readMs: number) =>
  entryLine({ text: JSON.stringify({ fid: n, key }), readMs })

const log = [
  said(1, 'a', 10),
  said(2, 'b', 10),
  said(1, 'renamed\n', 20),
  said(3, 'c', 20),
  goneLine([fid(2)], false, 30),
  goneLine([fid(3)], true, 30),
]

test('the last word about a fid counts: moved away is forgotten, deleted remembered', () => {
  const { live, deleted, spent } = readLines(log.join(''))
  assert.deepEqual([...live.keys()], [1])
  assert.equal(live.get(fid(1))?.text, JSON.stringify({ fid: 1, key: 'renamed\n' }))
  assert.deepEqual([...deleted], [[3, 30]])
  assert.equal(spent, 4)
})

test('a line that a crash tore is passed over, wherever it was torn, others are not', () => {
  const whole = log.join('')
  const torn = log.at(-1) ?? ''
  for (let length = 0; length < torn.length - 1; length++) {
    const content = `${whole}${torn.slice(0, length)}\n${said(9, 'later', 40)}`
    assert.deepEqual([...readLines(content).live.keys()], [1, 9])
  }
  const flipped = whole.replace('renamed', 'renaned')
  assert.equal(readLines(flipped).live.get(fid(1))?.text, JSON.stringify({ fid: 1, key: 'a' }))
})

test('a line that a later version wrote is passed over, and the others count', () => {
  const later = [sealedLine('{"renamed":[1],"to":"b"}', 40), sealedLine('cbor:a16366', 41)]
  const content = readLines([...log, ...later].join(''))
  assert.deepEqual(content.live, readLines(log.join('')).live)
  assert.equal(content.spent, readLines(log.join('')).spent + later.length)
})

test('what is written anew says the same in fewer lines, and none of them is spent', () => {
  const before = readLines(log.join('') + goneLine([fid(1)], true, 40))
  const after = readLines(compactLines(before).join(''))
  assert.deepEqual([after.live, after.deleted], [before.live, before.deleted])
  assert.equal(after.spent, 0)
  assert.equal(digestOf(after.live), digestOf(before.live))
})

test('a digest does not depend on the order, but on every byte', () => {
  const forth = readLines(said(1, 'a', 1) + said(2, 'b', 1)).live
  const back = readLines(said(2, 'b', 5) + said(1, 'a', 5)).live
  assert.equal(digestOf(forth), digestOf(back))
  assert.notEqual(digestOf(forth), digestOf(readLines(said(1, 'a', 1) + said(2, 'B', 1)).live))
  assert.equal(digestOf(new Map()), '0'.repeat(16))
})

test('a file that came is asked about soon, and until its upload is closed or over', () => {
  const due = new Due()
  due.arrived(1_500)
  assert.deepEqual(due.take(9, 0, 0), [])
  assert.deepEqual(due.take(9, CATALOGUE_DELAY_MS, 0), [1])
  due.settle(1, new Set(), 0, 0)
  assert.deepEqual(due.take(9, CATALOGUE_RETRY_MS - 1, 0), [])
  assert.deepEqual(due.take(9, CATALOGUE_RETRY_MS, 0), [1])
  due.settle(1, new Set([1_500]), 0, 0)
  assert.deepEqual(due.take(9, Number.MAX_SAFE_INTEGER, 0), [])

  due.arrived(1_501)
  assert.deepEqual(due.take(9, 0, 1_501), [])
  assert.equal(due.isQuiet(1_500), true, 'what is not settled may wait')
  assert.equal(due.isQuiet(1_501), false)
  assert.deepEqual(due.take(9, CATALOGUE_DELAY_MS, 1_501), [1])
  due.settle(1, new Set(), 0, 1_501)
  assert.equal(due.isQuiet(9_999), true, 'nobody closes it any more')
})

test('what happens while a leaf is compared makes it due again', () => {
  const due = new Due()
  due.touched(10)
  assert.deepEqual(due.take(9, 0, 0), [0])
  due.touched(11)
  due.settle(0, new Set(), 0, 0)
  assert.equal(due.isQuiet(0), false)
  assert.deepEqual(due.take(9, 0, 0), [0])
  due.giveBack([0], 0)
  assert.equal(due.isQuiet(0), false)
  assert.deepEqual(due.take(9, CATALOGUE_RETRY_MS, 0), [0])
  due.settle(0, new Set(), 0, 0)
  assert.equal(due.isQuiet(0), true)
})

test('more files than are remembered one by one are asked about when they are settled', () => {
  const due = new Due()
  for (let n = 0; n < MAX_AWAITED_FIDS + 1; n++) due.arrived(n)
  const last = MAX_AWAITED_FIDS / 1_000
  const taken = due.take(1_000, 0, 0)
  assert.deepEqual(taken, [])
  const all = due.take(1_000, CATALOGUE_DELAY_MS, 0)
  for (const leaf of all) {
    const fids = Array.from({ length: 1_000 }, (_, n) => leaf * 1_000 + n)
    due.settle(leaf, new Set(leaf === last ? [] : fids), 0, 0)
  }
  assert.deepEqual(due.take(9, Number.MAX_SAFE_INTEGER - 1, MAX_AWAITED_FIDS), [])
  assert.deepEqual(due.take(9, 0, MAX_AWAITED_FIDS + 999), [last])
})

test('a disk that takes no more words, for it is full, keeps no other from learning', async () => {
  await using host = await startHost({ devices: 2 })
  const deviceId = DeviceId.parse(2)
  await fetch(host.put(7, { deviceId }), { method: 'PUT', body: 'a file to be described' })
  await host.stop()
  const inItsWay = join(host.root, 'dev1/catalogue/definitions.next')
  await mkdir(inItsWay, { recursive: true })
  host.tracker.definitions = '{}'
  const before = host.events.all.length
  await host.start()
  const failed = await host.events.next('catalogue.failed', before)
  assert.equal(failed['deviceId'], 1)
  await host.tracker.heard(() =>
    host.tracker.comparisons.find((ask) => ask.deviceId === 2 && ask.leaves.length > 0),
  )
})
