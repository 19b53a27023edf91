// A large file that comes in parts: by PUTs with Content-Range, in any order, as MogileFS's clients
// send them too.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { link, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { cameOf, isWhole, joined, Stretch, without } from '#agent/disk/partial/stretches.ts'
import { parseContentRange } from '#agent/http/parts/content-range.ts'
import { readReceipt } from '#shared/receipts.ts'
import { Stored } from '#shared/wire/uploads.ts'
import { bytesAt, codeOf, type Host, startHost } from './support/host.ts'
import { checksumOf } from './support/jobs.ts'

type Bytes = Uint8Array<ArrayBuffer>

const putPart = (url: string, bytes: Bytes, start: number, length: number | '*') =>
  fetch(url, {
    method: 'PUT',
    body: bytes,
    headers: { 'content-range': `bytes ${start}-${start + bytes.length - 1}/${length}` },
  })

const Parts = z.object({ stretches: z.array(Stretch) })

const partials = (host: Host) => readdir(join(host.root, 'dev1/partial'))

test('parts in any order, some of them twice, are a file when all are there', async () => {
  await using host = await startHost()
  const bytes = randomBytes(250_000)
  const url = host.put(7)
  for (const start of [200_000, 0, 0, 150_000, 50_000]) {
    const answer = await putPart(url, bytes.subarray(start, start + 50_000), start, bytes.length)
    assert.equal(answer.status, 202)
  }
  assert.equal(await bytesAt(host.fileOf(7)), undefined, 'not before')
  const last = await putPart(url, bytes.subarray(100_000, 150_000), 100_000, bytes.length)
  assert.equal(last.status, 201)
  const { receipt, checksum } = Stored.parse(await last.json())
  assert.equal(checksum, checksumOf(bytes))
  assert.equal(readReceipt(receipt, () => [host.key()])?.bytes, bytes.length)
  assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
  assert.deepEqual(await partials(host), [])

  const other = await putPart(url, randomBytes(10), 0, bytes.length)
  assert.equal(await codeOf(other), 'fid_exists', 'it never changes any more')
  const asked = await fetch(url, { method: 'PUT', headers: { 'content-range': 'bytes */250000' } })
  assert.deepEqual(Stored.parse(await asked.json()).receipt, receipt, 'its receipt is told again')
})

test('what MogileFS’s clients send is a file when its close says how long it is', async () => {
  await using host = await startHost()
  const bytes = randomBytes(90_000)
  const url = host.put(7, { parts: true })
  assert.equal((await fetch(url, { method: 'PUT', body: '' })).status, 202)
  for (const start of [0, 30_000, 60_000])
    assert.equal(
      (await putPart(url, bytes.subarray(start, start + 30_000), start, '*')).status,
      202,
    )

  const head = (length: number) => fetch(host.get(7, { bytes: length }), { method: 'HEAD' })
  assert.equal((await head(60_000)).status, 404, 'not so long')
  assert.equal((await fetch(host.get(7))).status, 404, 'nobody else may')
  const closing = await head(90_000)
  assert.equal(closing.headers.get('content-length'), '90000')
  assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
  assert.equal((await head(90_000)).status, 200, 'as often as it is asked')

  await fetch(host.put(8, { parts: true }), { method: 'PUT', body: '' })
  assert.equal((await fetch(host.get(8, { bytes: 0 }), { method: 'HEAD' })).status, 200)
  assert.equal((await bytesAt(host.fileOf(8)))?.length, 0)
})

test('a close that asks when the time of the parts is over makes no file of them', async () => {
  await using host = await startHost()
  const nowS = Math.floor(Date.now() / 1_000)
  const url = host.put(7, { parts: true, untilS: nowS + 3_600 })
  assert.equal((await putPart(url, randomBytes(100), 0, '*')).status, 202)
  host.tracker.aheadMs = 3_601_000
  for (const _ of [1, 2]) await host.events.next('agent.synced', host.events.all.length)
  const late = host.get(7, { bytes: 100, untilS: nowS + 7_200 })
  assert.equal((await fetch(late, { method: 'HEAD' })).status, 403)
  assert.equal(await bytesAt(host.fileOf(7)), undefined, 'the sweep may have passed by')
})

test('the same bytes sent whole to such a URL are a file at once', async () => {
  await using host = await startHost()
  const whole = await fetch(host.put(7, { parts: true }), { method: 'PUT', body: 'hello' })
  assert.equal(whole.status, 201)
})

test('what does not fit its announcement, its ticket or its digest is refused', async () => {
  await using host = await startHost()
  const url = host.put(7, { maxBytes: 100 })
  const ten = randomBytes(10)
  assert.equal((await putPart(url, ten, 95, '*')).status, 413)
  assert.equal((await putPart(url, ten, 0, 101)).status, 413)
  const short = { 'content-range': 'bytes 0-10/50' }
  assert.equal((await fetch(url, { method: 'PUT', body: ten, headers: short })).status, 400)
  const cut = new ReadableStream({
    start(controller) {
      controller.enqueue(ten)
      controller.close()
    },
  })
  const headers = { 'content-range': 'bytes 0-49/50' }
  const chunked = await fetch(url, { method: 'PUT', body: cut, duplex: 'half', headers })
  assert.equal(await codeOf(chunked), 'body_cut_off')
  const wrong = await fetch(url, {
    method: 'PUT',
    body: ten,
    headers: { 'content-range': 'bytes 0-9/10', 'repr-digest': `sha-256=:${'A'.repeat(43)}=:` },
  })
  assert.equal(await codeOf(wrong), 'checksum_mismatch')
  assert.equal(await bytesAt(host.fileOf(7)), undefined)
})

test('a part that was taken back leaves nothing behind the end of a shorter file', async () => {
  await using host = await startHost()
  const url = host.put(7)
  const rest = new ReadableStream({
    start(controller) {
      controller.enqueue(randomBytes(2_000_000)) // more than one batch: some of it is on the disk
      controller.close()
    },
  })
  const headers = { 'content-range': 'bytes 100-3000099/*' }
  const cut = await fetch(url, { method: 'PUT', body: rest, duplex: 'half', headers })
  assert.equal(await codeOf(cut), 'body_cut_off')

  const bytes = randomBytes(100)
  assert.equal((await putPart(url, bytes, 0, bytes.length)).status, 201)
  assert.equal((await bytesAt(host.fileOf(7)))?.length, bytes.length)
  assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
})

test('a part that was taken back takes with it what it has written over', async () => {
  await using host = await startHost()
  const url = host.put(7)
  const [first, second] = [randomBytes(3_000_000), randomBytes(3_000_000)]
  assert.equal((await putPart(url, first, 0, 4_000_000)).status, 202)
  const cut = new ReadableStream({
    start(controller) {
      controller.enqueue(second.subarray(1_000_000, 2_500_000)) // more than one batch
      controller.close()
    },
  })
  const headers = { 'content-range': 'bytes 1000000-2999999/4000000' }
  const refused = await fetch(url, { method: 'PUT', body: cut, duplex: 'half', headers })
  assert.equal(await codeOf(refused), 'body_cut_off')

  const last = await putPart(url, second.subarray(0, 1_000_000), 3_000_000, 4_000_000)
  const { stretches } = Parts.parse(await last.json())
  assert.deepEqual(stretches, [
    { start: 0, end: 1_000_000 },
    { start: 3_000_000, end: 4_000_000 },
  ])
  const again = await putPart(url, second.subarray(1_000_000), 1_000_000, 4_000_000)
  assert.equal(again.status, 201)
  const whole = [first.subarray(0, 1_000_000), second.subarray(1_000_000), second]
  assert.deepEqual(await bytesAt(host.fileOf(7)), Buffer.concat(whole).subarray(0, 4_000_000))
})

test('of parts that come at once one is taken, and none of the others harms it', async () => {
  await using host = await startHost()
  const url = host.put(7)
  const bodies = Array.from({ length: 8 }, () => randomBytes(300_000))
  const answers = await Promise.all(bodies.map((bytes) => putPart(url, bytes, 0, bytes.length)))
  const winner = answers.findIndex(({ status }) => status === 201)
  assert.ok(answers.every(({ status }) => [201, 409, 503].includes(status)))
  assert.deepEqual(await bytesAt(host.fileOf(7)), bodies[winner])
})

test('a part that the disk does not take ends all writing, until a test has passed', async () => {
  await using host = await startHost()
  await symlink('/proc/self/mem', join(host.root, 'dev1/partial/7.data')) // EIO, for real
  const before = host.events.all.length
  const refused = await putPart(host.put(7), randomBytes(100), 0, 200)
  assert.equal(await codeOf(refused), 'device_unavailable')
  await host.events.next('device.ok', before) // it was not, in between
})

test('a crash between the name of a file and the end of its parts does no harm', async () => {
  await using host = await startHost()
  const url = host.put(7)
  await putPart(url, randomBytes(10), 0, 20)
  await fetch(host.put(8), { method: 'PUT', body: 'a file that makes the directory' })
  await link(join(host.root, 'dev1/partial/7.data'), host.fileOf(7))
  const before = await bytesAt(host.fileOf(7))
  assert.equal((await putPart(url, randomBytes(10), 10, 20)).status, 409)
  assert.deepEqual(await bytesAt(host.fileOf(7)), before)
})

test('stretches join where they touch', () => {
  const order = [
    { start: 30, end: 40 },
    { start: 0, end: 10 },
    { start: 5, end: 6 },
    { start: 10, end: 20 },
    { start: 50, end: 50 },
  ]
  let stretches = order.reduce(joined, [] as { start: number; end: number }[])
  assert.deepEqual(stretches, [
    { start: 0, end: 20 },
    { start: 30, end: 40 },
  ])
  assert.equal(cameOf(stretches), 20)
  assert.equal(isWhole(stretches, 40), false)
  stretches = joined(stretches, { start: 15, end: 35 })
  assert.ok(isWhole(stretches, 40))
  assert.equal(isWhole(stretches, 39), false)
  assert.equal(cameOf([{ start: 1, end: 2 }]), 0)
})

test('bytes that do not count any more leave the stretches around them', () => {
  const came = [
    { start: 0, end: 10 },
    { start: 20, end: 30 },
  ]
  assert.deepEqual(without(came, { start: 10, end: 20 }), came)
  assert.deepEqual(without(came, { start: 0, end: 30 }), [])
  assert.deepEqual(without(came, { start: 4, end: 25 }), [
    { start: 0, end: 4 },
    { start: 25, end: 30 },
  ])
  assert.deepEqual(without([{ start: 0, end: 10 }], { start: 4, end: 6 }), [
    { start: 0, end: 4 },
    { start: 6, end: 10 },
  ])
})

test('a Content-Range that says nothing sure is refused', () => {
  assert.deepEqual(parseContentRange('bytes 0-9/*'), { start: 0, end: 10, bytes: undefined })
  assert.deepEqual(parseContentRange('bytes */7'), { start: 0, end: 0, bytes: 7 })
  for (const text of ['bytes 5-4/10', 'bytes 0-10/10', 'bytes=0-9', 'bytes */*', 'bytes 0-9', 'x'])
    assert.throws(() => parseContentRange(text), /Content-Range|contentRange/)
})
