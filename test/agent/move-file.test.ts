// MOVE: an upload that begins with a file of this host, as MogileFS's clients edit; and what has
// come of it, read by its writer.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { DeviceId } from '#shared/ids.ts'
import { fileParts } from '../support/file-parts.ts'
import { bytesAt, codeOf, startHost } from './support/host.ts'

const host = fileParts.use(await startHost({ devices: 2 }))

const move = (source: string, destination: string | undefined) =>
  fetch(source, { method: 'MOVE', headers: destination === undefined ? {} : { destination } })

const refusal = async (source: string, destination: string | undefined) =>
  codeOf(await move(source, destination))

const store = async (fid: number, body: Uint8Array<ArrayBuffer>) =>
  assert.equal((await fetch(host.put(fid), { method: 'PUT', body })).status, 201)

const fetched = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer())

const finish = (fid: number, bytes: number) => fetch(host.get(fid, { bytes }), { method: 'HEAD' })

for (const bytes of [0, 1_000, 3_000_000])
  test(`${bytes} bytes are where the upload begins, and the file stays`, async () => {
    const [fid, next] = [bytes + 10, bytes + 11]
    const body = randomBytes(bytes)
    await store(fid, body)
    const target = host.put(next, { parts: true })
    assert.equal((await move(host.get(fid), target)).status, 201)
    assert.equal((await move(host.get(fid), target)).status, 201, 'as often as it is asked')
    assert.ok(body.equals((await bytesAt(host.fileOf(fid))) ?? Buffer.of(1)))
    assert.equal(await bytesAt(host.fileOf(next)), undefined, 'it is no file yet')
    const head = await fetch(target, { method: 'HEAD' })
    assert.equal(head.headers.get('content-length'), String(bytes))
    assert.ok(body.equals(await fetched(target)))
    assert.equal((await finish(next, bytes)).status, 200)
    assert.ok(body.equals((await bytesAt(host.fileOf(next))) ?? Buffer.of(1)))
    const late = await move(host.get(fid), target)
    assert.equal(await codeOf(late), 'fid_exists', 'its bytes never change any more')
    assert.ok(body.equals(await fetched(target)))
  })

test('a move takes two good tickets, to read and to store in parts, on this host', async () => {
  await store(1, randomBytes(100))
  const target = host.put(2, { parts: true })
  assert.equal(await refusal(host.put(1, { parts: true }), target), 'ticket_invalid')
  assert.equal(await refusal(host.get(1), host.put(2)), 'ticket_invalid')
  assert.equal(await refusal(host.get(1), host.get(2)), 'ticket_invalid')
  assert.equal(await refusal(host.get(1), `${target}0`), 'ticket_invalid')
  assert.equal(await refusal(host.get(1), 'http://127.0.0.1:1/etc/passwd'), 'unknown_route')
  assert.equal(await refusal(host.get(1), 'ftp://x/'), 'invalid_request')
  assert.equal(await refusal(host.get(1), undefined), 'invalid_request')
  assert.equal(await refusal(host.get(3), target), 'unknown_fid')
})

test('a move may go from one device of the host to another', async () => {
  const body = randomBytes(70_000)
  await store(5, body)
  const target = host.put(6, { parts: true, deviceId: DeviceId.parse(2) })
  assert.equal((await move(host.get(5), target)).status, 201)
  const closing = host.get(6, { bytes: body.length, deviceId: DeviceId.parse(2) })
  assert.equal((await fetch(closing, { method: 'HEAD' })).status, 200)
  assert.ok(body.equals((await bytesAt(host.fileOf(6, 2))) ?? Buffer.of(1)))
})

test('what came in parts is read by its writer alone, and not once it was given up', async () => {
  const target = host.put(4, { parts: true })
  const part = { 'content-range': 'bytes 0-4/*' }
  assert.equal((await fetch(target)).status, 404)
  await fetch(target, { method: 'PUT', body: 'hello', headers: part })
  const read = await fetch(target, { headers: { range: 'bytes=1-' } })
  assert.equal(await read.text(), 'ello')
  assert.equal(read.headers.get('cache-control'), 'no-store')
  assert.equal((await fetch(host.get(4))).status, 404)
  assert.equal(await codeOf(await fetch(host.put(4))), 'ticket_invalid')
  await fetch(target, { method: 'DELETE' })
  assert.equal((await fetch(target)).status, 404)
})
