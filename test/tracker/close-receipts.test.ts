// A receipt closes an upload without a question to the node: so only a true one may. Without a
// receipt (an old client) the node is asked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOfChecksum } from '#shared/digests.ts'
import { FileDetail } from '#shared/wire/files.ts'
import { httpServer } from '../client/http-server.ts'
import { measured, type World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

const close = (world: World, fid: number, json: object) =>
  world.call('POST', `/v1/domains/demo/uploads/${fid}/close`, { json })

test('a receipt that was altered is refused, and the true one still closes', async () => {
  await using world = await trackerWorld()
  const stored = world.write(await world.open('a'), 'hello')
  const receipt = world.hostOf(stored.deviceId).receipt(stored)
  const [signed, signature] = [receipt.slice(0, -43), receipt.slice(-43)]
  const altered = [
    receipt.replace('.5.SHA', '.6.SHA'),
    receipt.replace(/SHA-256:./, (found) => (found.endsWith('0') ? 'SHA-256:1' : 'SHA-256:0')),
    signed + signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
    `${signed}${signature.slice(1)}`,
    signed,
    signature,
    `0${receipt}`,
    'a.b.c.d.e.f',
    '.....',
    '',
  ]
  for (const text of altered) {
    const { code } = await close(world, stored.fid, { deviceId: stored.deviceId, receipt: text })
    assert.equal(code, 'invalid_receipt', text)
  }
  assert.equal((await world.close(stored)).status, 200)
})

test('a receipt for another fid, another device or by another host is refused', async () => {
  await using world = await trackerWorld({ hosts: 2, devicesPerHost: 2 })
  const upload = await world.open('a', { class: 'thumb' })
  const stored = world.write(upload, 'hello')
  const host = world.hostOf(stored.deviceId)
  const otherHost = world.hosts.find((each) => each !== host)
  const otherDevice = host.deviceIds.find((id) => id !== stored.deviceId)
  const otherFid = (await world.open('b')).fid
  assert.ok(otherDevice !== undefined && otherHost !== undefined)

  const receipts = [
    host.receipt({ ...stored, fid: otherFid }),
    host.receipt({ ...stored, deviceId: otherDevice }),
    otherHost.receipt(stored),
  ]
  const { fid, deviceId } = stored
  for (const receipt of receipts)
    assert.equal((await close(world, fid, { deviceId, receipt })).code, 'invalid_receipt')
  assert.equal((await world.close(stored)).status, 200)
})

test('after a rotation the key before is good, the one before that is not', async () => {
  await using world = await trackerWorld()
  const [first, second] = [
    world.write(await world.open('a'), 'a'),
    world.write(await world.open('b'), 'b'),
  ]
  await world.sql('update host set key_version = 2')
  world.look()
  assert.equal((await world.close(first)).status, 200)
  await world.sql('update host set key_version = 3')
  world.look()
  assert.equal((await world.close(second)).code, 'invalid_receipt')
})

test('without a receipt the node is asked for the size and the checksum', async () => {
  const { bytes, checksum } = measured('hello')
  const asked: { method: string | undefined; url: string; want: unknown }[] = []
  await using node = await httpServer((request, response) => {
    const { method, url = '', headers } = request
    asked.push({ method, url, want: headers['want-repr-digest'] })
    response.writeHead(200, {
      'content-length': bytes,
      'repr-digest': digestOfChecksum(checksum) ?? '',
    })
    response.end()
  })
  await using world = await trackerWorld({ hosts: 1, urls: [node.url] })
  const { fid, deviceId } = world.write(await world.open('a'), 'hello')
  assert.equal((await close(world, fid, { deviceId })).status, 200)

  assert.deepEqual(
    asked.map(({ method, want }) => [method, want]),
    [
      ['HEAD', undefined],
      ['HEAD', 'sha-256=1'],
    ],
    'whether it has it, then what it has',
  )
  const url = `${node.url}${asked[1]?.url}`
  const ticket = world.host(0).ticketOf(url, 'HEAD', world.clock.nowMs())
  assert.deepEqual([ticket.fid, ticket.deviceId, ticket.verb], [fid, deviceId, 'GET'])
  const info = await world.ask(FileDetail, 'GET', '/v1/domains/demo/info/a')
  assert.deepEqual([info.bytes, info.checksum], [bytes, checksum])
})

test('a node that does not say what it has leaves the upload open', async () => {
  const { bytes, checksum } = measured('hello')
  const right = { 'content-length': bytes, 'repr-digest': digestOfChecksum(checksum) ?? '' }
  let [status, headers]: [number, Record<string, string | number>] = [404, right]
  await using node = await httpServer((_request, response) => {
    response.writeHead(status, headers).end()
  })
  await using world = await trackerWorld({ hosts: 1, urls: [node.url] })
  const { fid, deviceId } = world.write(await world.open('a', { bytes }), 'hello')
  const asIt = () => close(world, fid, { deviceId })

  assert.equal((await asIt()).code, 'size_verify_error')
  ;[status, headers] = [200, { 'content-length': bytes }]
  assert.equal((await asIt()).code, 'size_verify_error')
  headers = { ...right, 'repr-digest': 'sha-256=:short:' }
  assert.equal((await asIt()).code, 'size_verify_error')
  headers = { ...right, 'content-length': bytes + 1 }
  assert.equal((await asIt()).code, 'size_mismatch')
  headers = right
  assert.equal((await asIt()).status, 200)
})

test('a node that is stopped is not waited for as long as hashing may take', async () => {
  await using node = await httpServer(() => undefined)
  await using world = await trackerWorld({ hosts: 1, urls: [node.url] })
  await world.set({ nodeTimeoutMs: 50 })
  const { fid, deviceId } = world.write(await world.open('a'), 'hello')
  const before = performance.now()
  assert.equal((await close(world, fid, { deviceId })).code, 'size_verify_error')
  assert.ok(performance.now() - before < 10_000)
})

test('a node that is gone cannot be asked, and its receipt still closes', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const stored = world.write(await world.open('a'), 'hello')
  const { code, status } = await close(world, stored.fid, { deviceId: stored.deviceId })
  assert.deepEqual([code, status], ['size_verify_error', 502])
  assert.equal((await world.close(stored)).status, 200)
})
