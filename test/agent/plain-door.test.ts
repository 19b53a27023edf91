// Connections at the agent: whatever comes on one, in whatever pieces, is answered in order, by the
// plain door or by Node.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { untilTrue } from '#test/support/until-true.ts'
import { type Host, startHost } from './support/host.ts'

const BODY = 'hello'

const pathOf = (url: string) => new URL(url).pathname + new URL(url).search
const getOf = (host: Host, fid: number, field = '') =>
  `GET ${pathOf(host.get(fid))} HTTP/1.1\r\nhost: x\r\n${field}\r\n`
const putOf = (host: Host, fid: number, field = '') =>
  `PUT ${pathOf(host.put(fid))} HTTP/1.1\r\nhost: x\r\n${field}`
const plainPut = (host: Host, fid: number) => `${putOf(host, fid)}content-length: 5\r\n\r\n${BODY}`
const chunkedPut = (host: Host, fid: number) =>
  `${putOf(host, fid)}transfer-encoding: chunked\r\n\r\n5\r\n${BODY}\r\n0\r\n\r\n`

const LAST = 'connection: close\r\n'

function connectTo(host: Host): Socket {
  const { hostname, port } = new URL(host.agent.url)
  return connect(Number(port), hostname).setNoDelay(true)
}

/** Statuses and bodies, in the order in which they came. */
const outline = (answers: string) =>
  [...answers.matchAll(/HTTP\/1\.1 (\d+) (?:[^\r]*\r\n)+?\r\n(hello)?/g)].map(
    ([, status, body = '']) => `${status} ${body}`,
  )

async function answersTo(host: Host, requests: string): Promise<string[]> {
  const socket = connectTo(host)
  socket.write(requests)
  return outline(await text(socket))
}

test('requests that come at once are answered in order, by the door and by Node', async () => {
  await using host = await startHost()
  const requests = [
    plainPut(host, 1),
    getOf(host, 1),
    getOf(host, 1, 'range: bytes=0-4\r\n'),
    getOf(host, 1, 'if-none-match: "1"\r\n'),
    getOf(host, 2), // refused: from here on it is Node's
    chunkedPut(host, 2),
    getOf(host, 1),
    plainPut(host, 3),
    getOf(host, 1, LAST),
  ]
  assert.deepEqual(await answersTo(host, requests.join('')), [
    '201 ',
    '200 hello',
    '206 hello',
    '304 ',
    '404 ',
    '201 ',
    '200 hello',
    '201 ',
    '200 hello',
  ])
})

test('wherever the bytes are cut, the answers are the same', async () => {
  await using host = await startHost()
  await fetch(host.put(1), { method: 'PUT', body: BODY })
  const requests = [plainPut(host, 1), getOf(host, 1), chunkedPut(host, 2), getOf(host, 1, LAST)]
  const whole = requests.join('')
  const cuts = Array.from({ length: whole.length - 1 }, (_, n) => n + 1)
  for (let next = cuts.splice(0, 50); next.length > 0; next = cuts.splice(0, 50))
    await Promise.all(
      next.map(async (cut) => {
        const socket = connectTo(host)
        await once(socket, 'connect')
        socket.write(whole.slice(0, cut), () => socket.write(whole.slice(cut)))
        const answers = outline(await text(socket))
        assert.deepEqual(answers, ['201 ', '200 hello', '201 ', '200 hello'], `cut at ${cut}`)
      }),
    )
})

test('who sends no more gets all answers, and hears of a body that is not whole', async () => {
  await using host = await startHost()
  const socket = connectTo(host)
  socket.end(plainPut(host, 1) + getOf(host, 1).repeat(3) + plainPut(host, 2).slice(0, -1))
  const answers = await text(socket)
  assert.deepEqual(outline(answers), ['201 ', '200 hello', '200 hello', '200 hello', '400 '])
  assert.match(answers, /"code":"body_cut_off"/)
})

test('a client that asks much and reads nothing is not read any further', async () => {
  await using host = await startHost()
  const put = await fetch(host.put(1), { method: 'PUT', body: Buffer.alloc(65_536) })
  assert.equal(put.status, 201)
  const socket = connectTo(host)
  const hundred = getOf(host, 1).repeat(100)
  let taken = 0
  const next = () => socket.write(hundred, (error) => error ?? (++taken < 1_000 && next()))
  next()
  let calmLooks = 0
  let before = 0
  await untilTrue(() => {
    calmLooks = taken === before ? calmLooks + 1 : 0
    before = taken
    return taken > 0 && calmLooks > 25
  }, 'the agent reads no more')
  assert.ok(taken < 1_000, 'it did not take requests for 6 GB of answers')
  socket.destroy()
})

test('a stop ends idle connections, and lets a request that is under way finish', async () => {
  await using host = await startHost()
  const idle = connectTo(host)
  idle.write(plainPut(host, 1))
  await once(idle, 'data')
  const busy = connectTo(host)
  const put = plainPut(host, 2)
  busy.write(put.slice(0, -1))
  await once(busy, 'ready')
  const seen = connectTo(host)
  seen.write(getOf(host, 1))
  await once(seen, 'data') // what was written before it has been read by now
  const stopped = host.stop()
  assert.match(await text(idle), /^$/)
  busy.write(put.slice(-1))
  assert.match(await text(busy), /^HTTP\/1\.1 201 [^]*connection: close/)
  await stopped
})
