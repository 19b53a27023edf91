// Overload of a node: what is too much is refused at once, what was let in is served.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { Lane } from '#agent/disk/lane.ts'
import { Load } from '#agent/http/load.ts'
import { MAX_LANE_WAITING, MAX_LARGE_BODIES, MAX_REQUESTS } from '#agent/limits.ts'
import { Problem } from '#shared/problems.ts'
import { untilTrue } from '../support/until-true.ts'
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

type Host = Awaited<ReturnType<typeof startHost>>

/** Says a request's head, with a ticket, on a connection of its own. */
function send(sockets: AsyncDisposableStack, signed: string, method: string, headers = '') {
  const { port, hostname, pathname, search } = new URL(signed)
  const socket = connect(Number(port), hostname)
  sockets.defer(() => void socket.destroy())
  socket.write(`${method} ${pathname}${search} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`)
  return socket
}

const REFUSED = /^HTTP\/1\.1 503 [^]*retry-after: 1\r\n[^]*"code":"busy"/

/** A body that does not come: it is under way as long as its connection. */
async function begin(host: Host, sockets: AsyncDisposableStack, fid: number, bytes: number) {
  const fields = `content-length: ${bytes}\r\nexpect: 100-continue\r\n`
  const socket = send(sockets, host.put(fid), 'PUT', fields)
  assert.match(String(await once(socket, 'data')), /^HTTP\/1\.1 100 /)
}

test('large bodies beyond the bound are refused before they come; small ones go on', async () => {
  await using host = await startHost()
  await using sockets = new AsyncDisposableStack()
  const large = 'content-length: 1000000\r\nexpect: 100-continue\r\n'
  for (let fid = 1; fid <= MAX_LARGE_BODIES; fid++) await begin(host, sockets, fid, 1_000_000)
  assert.match(await text(send(sockets, host.put(9_999), 'PUT', large)), REFUSED)
  const small = await fetch(host.put(8_888), { method: 'PUT', body: 'small' })
  assert.equal(small.status, 201)
})

test('requests beyond the bound are refused at both doors, and it is known why', async () => {
  await using host = await startHost()
  await using sockets = new AsyncDisposableStack()
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  for (let begun = 0; begun < MAX_REQUESTS; begun += AT_ONCE) {
    const fids = Array.from({ length: AT_ONCE }, (_, n) => 2 + begun + n)
    await Promise.all(fids.map((fid) => begin(host, sockets, fid, 1_000)))
  }
  const last = 'connection: close\r\n'
  assert.match(await text(send(sockets, host.get(1), 'GET', last)), REFUSED)
  assert.match(await text(send(sockets, host.get(1), 'GET', `${last}range: bytes=1-\r\n`)), REFUSED)
  assert.match(
    await text(send(sockets, host.put(9_999), 'PUT', `${last}content-length: 0\r\n`)),
    REFUSED,
  )
  assert.equal((await fetch(`${host.agent.url}/health`)).status, 200)
  assert.equal((await fetch(`${host.agent.url}/metrics`)).status, 200)

  await sockets.disposeAsync()
  const isServed = async () => (await fetch(host.get(1))).status === 200
  await untilTrue(isServed, 'who left made room')
})

const AT_ONCE = 200
