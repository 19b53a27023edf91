// Request smuggling at a storage agent, over raw sockets: whatever door reads a request, it reads
// it as the other would, and never finds a request in what may be somebody's body.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesAt, type Host, startHost } from '../agent/support/host.ts'
import { answersOf, attack, say, targetOf, withoutChance } from './raw-http.ts'
import { ambiguous, HIDDEN, odd } from './shapes.ts'

const CLOSE = 'GET /none HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
const get = (host: Host, fid: number, fields = '') =>
  `GET ${targetOf(host.get(fid))} HTTP/1.1\r\nhost: x\r\n${fields}\r\n`
const put = (host: Host, fid: number, body: string, fields = '') =>
  `PUT ${targetOf(host.put(fid))} HTTP/1.1\r\nhost: x\r\n` +
  `content-length: ${body.length}\r\n${fields}\r\n${body}`

const LARGE = 'x'.repeat(70_000)

/** Has three files: what is asked in one pipe is done side by side, and answered in order. */
async function storedHost(): Promise<Host> {
  const host = await startHost()
  const bodies = { 1: 'first', 2: 'second', 3: LARGE }
  for (const [fid, body] of Object.entries(bodies))
    await fetch(host.put(Number(fid)), { method: 'PUT', body })
  return host
}

test('a request that could be read in two ways is not read on', async (t) => {
  await using host = await storedHost()
  for (const [name, shape] of Object.entries(ambiguous))
    for (const [verb, url] of [
      ['PUT', host.put(7)],
      ['GET', host.get(1)],
    ] as const)
      await t.test(`${name}, ${verb}`, async () => {
        const line = `${verb} ${targetOf(url)}`
        const { answers, hungUp } = await attack(host.agent.url, shape(line))
        const isHealth = answers.map(({ body }) => body.includes('"hostId"'))
        assert.ok(!isHealth.includes(true), 'the hidden request was answered')
        assert.ok(hungUp, 'the server has hung up')
        assert.equal(await bytesAt(host.fileOf(7)), undefined, 'nothing was stored')
      })
})

test('a request that is odd has the meaning that it has everywhere', async (t) => {
  await using host = await storedHost()
  for (const [nr, [name, shape]] of Object.entries(odd).entries())
    await t.test(name, async () => {
      const fid = 100 + nr
      const body = `the body of ${fid}, and in it: ${HIDDEN}`
      const line = `PUT ${targetOf(host.put(fid))}`
      const said = await say(host.agent.url, shape(line, body), CLOSE)
      assert.deepEqual(
        answersOf(said).map(({ status }) => status),
        [201, 404],
      )
      assert.equal(await (await fetch(host.get(fid))).text(), body)
    })
})

/** One of each kind, and the last asks to hang up. */
const conversation = (host: Host): [text: string, methods: string[]] => {
  const asks: [string, string][] = [
    ['GET', get(host, 1)],
    ['PUT', put(host, 2, 'second')],
    ['HEAD', get(host, 1).replace('GET', 'HEAD')],
    ['GET', get(host, 2, 'range: bytes=1-3\r\n')],
    ['PUT', put(host, 2, 'other!')],
    ['GET', get(host, 1, 'if-none-match: "1"\r\n')],
    ['GET', get(host, 999)],
    ['PUT', put(host, 3, LARGE)],
    ['DELETE', get(host, 1).replace('GET', 'DELETE')],
    ['GET', get(host, 1, 'content-length: 5\r\n') + HIDDEN.slice(0, 5)],
    ['GET', get(host, 2)],
    ['GET', CLOSE],
  ]
  return [asks.map(([, text]) => text).join(''), asks.map(([method]) => method)]
}
const STATUSES = [200, 201, 200, 206, 409, 304, 404, 201, 403, 200, 200, 404]

describe('requests in one pipe are answered one after the other', () => {
  test('however the bytes are cut', async () => {
    await using host = await storedHost()
    const [text, methods] = conversation(host)
    const whole = answersOf(await say(host.agent.url, text), methods)
    assert.deepEqual(
      whole.map(({ status }) => status),
      STATUSES,
    )
    const cuts = Array.from(text, (_, at) => at).filter((at) => isWorthACut(text, at))
    await inTurns(cuts, AT_ONCE, async (at) => {
      const said = await say(host.agent.url, text.slice(0, at), text.slice(at))
      const answers = answersOf(said, methods)
      assert.deepEqual(withoutChance(answers), withoutChance(whole), `cut at ${at}`)
    })
  })

  test('byte by byte', async () => {
    await using host = await storedHost()
    const asks = [get(host, 1), put(host, 2, 'second'), get(host, 2), CLOSE]
    const whole = answersOf(await say(host.agent.url, asks.join('')))
    const dripped = answersOf(await say(host.agent.url, ...asks.join('').split('')))
    assert.deepEqual(withoutChance(dripped), withoutChance(whole))
    assert.deepEqual(
      dripped.map(({ status }) => status),
      [200, 201, 200, 404],
    )
  })

  test('a hundred of them', async () => {
    await using host = await storedHost()
    const many = Array.from({ length: 100 }, (_, n) => put(host, 10 + n, `body ${n}`))
    const again = Array.from({ length: 100 }, (_, n) => get(host, 10 + n))
    const stored = answersOf(await say(host.agent.url, `${many.join('')}${CLOSE}`))
    assert.deepEqual(new Set(stored.slice(0, -1).map(({ status }) => status)), new Set([201]))
    const read = answersOf(await say(host.agent.url, `${again.join('')}${CLOSE}`))
    for (const [n, { body }] of read.slice(0, -1).entries()) assert.equal(body, `body ${n}`)
    assert.deepEqual([stored.length, read.length], [101, 101])
  })
})

test('fields that mean nothing here change nothing', async () => {
  await using host = await storedHost()
  const answer = async (text: string) =>
    withoutChance(answersOf(await say(host.agent.url, text, CLOSE)))
  const fields = [
    'x-odd: 1\r\n',
    'accept: */*\r\naccept-encoding: gzip, br\r\nuser-agent: x\r\n',
    'X-Empty:\r\n',
    'cookie: a=b\r\ncookie: c=d\r\n',
    'connection: keep-alive\r\n',
    'connection: Keep-Alive, x-other\r\n',
    'te: trailers\r\n',
    'pragma: no-cache\r\ncache-control: no-store\r\n',
    'content-length: 0\r\n',
    'x-latin: \xe9\xff\r\n',
    `x-long: ${'y'.repeat(8_000)}\r\n`,
    Array.from({ length: 100 }, (_, n) => `x-${n}: ${n}\r\n`).join(''),
    'authorization: Bearer somebody\r\n',
    'x-forwarded-host: evil\r\nx-original-url: /health\r\nx-http-method-override: DELETE\r\n',
    'upgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n',
  ]
  const plain = await answer(get(host, 1))
  for (const each of fields) assert.deepEqual(await answer(get(host, 1, each)), plain, each)
  const stored = await answer(put(host, 2, 'second'))
  for (const each of fields.filter((field) => !field.startsWith('content-length')))
    assert.deepEqual(await answer(put(host, 2, 'second', each)), stored, each)
})

test('more fields than there is room for are refused', async () => {
  await using host = await storedHost()
  const { answers, hungUp } = await attack(
    host.agent.url,
    get(host, 1, `x: ${'y'.repeat(20_000)}\r\n`),
  )
  assert.ok(hungUp)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [400],
  )
})

const AT_ONCE = 8
const NEAR = 2
const SPARSE = 13

/** Near the ends of lines all of them, elsewhere some, and few in the midst of a large body. */
const isWorthACut = (text: string, at: number) =>
  /[\r\n]/.test(text.slice(Math.max(at - NEAR, 0), at + NEAR)) ||
  at % (text.startsWith('xxxx', at) ? LARGE.length / 5 : SPARSE) === 0

/** So many at a time. */
async function inTurns<Each>(
  all: readonly Each[],
  atOnce: number,
  act: (each: Each) => Promise<void>,
) {
  const queue = all.values()
  const work = async () => {
    for (const each of queue) await act(each)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
