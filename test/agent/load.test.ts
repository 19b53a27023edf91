// Overload of a node: what is too much is refused at once, what was let in is served.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { Lane } from '#agent/disk/lane.ts'
import { Load } from '#agent/http/load.ts'
import { MAX_LANE_WAITING, MAX_LARGE_BODIES } from '#agent/limits.ts'
import { Problem } from '#shared/problems.ts'
import { startHost } from './support/host.ts'

const isBusy = (error: unknown) => error instanceof Problem && error.code === 'busy'

test('so much is under way at once and no more, and what ends makes room', () => {
  const load = new Load(2)
  const [first] = [load.enter(), load.enter()]
  assert.throws(() => load.enter(), isBusy)
  first[Symbol.dispose]()
  load.enter()
  assert.throws(() => load.enter(), isBusy)
})

test('a device that so many wait for is crowded until they had their turn', async () => {
  const lane = new Lane(1)
  const hung = Promise.withResolvers<undefined>()
  const all = Array.from({ length: MAX_LANE_WAITING }, () => lane.run(() => hung.promise))
  assert.ok(!lane.isCrowded)
  all.push(lane.run(() => hung.promise))
  assert.ok(lane.isCrowded)
  hung.resolve(undefined)
  await Promise.all(all)
  assert.ok(!lane.isCrowded)
})

test('large bodies beyond the bound are refused before they come; small ones go on', async () => {
  await using host = await startHost()
  await using sockets = new AsyncDisposableStack()
  const send = (fid: number, headers: string) => {
    const url = new URL(host.put(fid))
    const socket = connect(Number(url.port), url.hostname)
    sockets.defer(() => void socket.destroy())
    socket.write(`PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`)
    return socket
  }
  const large = 'content-length: 1000000\r\nexpect: 100-continue\r\n'
  for (let fid = 1; fid <= MAX_LARGE_BODIES; fid++) {
    const socket = send(fid, large)
    assert.match(String(await once(socket, 'data')), /^HTTP\/1\.1 100 /)
  }
  const refused = await text(send(9_999, large))
  assert.match(refused, /^HTTP\/1\.1 503 [^]*retry-after: 1\r\n[^]*"code":"busy"/)
  const small = await fetch(host.put(8_888), { method: 'PUT', body: 'small' })
  assert.equal(small.status, 201)
})
