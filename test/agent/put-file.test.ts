// PUT at a storage agent: what is stored, what is refused, and what is left behind.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { readReceipt } from '#shared/receipts.ts'
import { Stored } from '#shared/wire/uploads.ts'
import { bytesAt, codeOf, type Host, startHost } from './support/host.ts'

const SMALL = 4_096
const LARGE = 300_000

const put = (
  url: string,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
) => fetch(url, { method: 'PUT', body, headers, duplex: 'half' })

const digestOf = (bytes: Uint8Array) =>
  `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`

const tempFiles = (host: Host) => readdir(join(host.root, 'dev1/tmp'))

const chunked = (bytes: Uint8Array<ArrayBuffer>) => {
  const half = bytes.length / 2
  return ReadableStream.from([bytes.subarray(0, half), bytes.subarray(half)])
}

for (const [size, length] of Object.entries({ small: SMALL, large: LARGE, empty: 0 })) {
  describe(`a ${size} file`, () => {
    test('lies where MogileFS would look for it, and its receipt is good', async () => {
      await using host = await startHost()
      const bytes = randomBytes(length)
      const response = await put(host.put(1_234_567), bytes)
      assert.equal(response.status, 201)
      const stored = Stored.parse(await response.json())
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      assert.equal(stored.checksum, `SHA-256:${sha256}`)
      assert.equal(response.headers.get('etag'), `"SHA-256:${sha256}"`)
      assert.deepEqual(await bytesAt(join(host.root, 'dev1/0/001/234/0001234567.fid')), bytes)

      const { receipt, ...facts } = stored
      assert.deepEqual(
        readReceipt(receipt, () => [host.key()]),
        facts,
      )
      assert.deepEqual(await tempFiles(host), [])
    })

    test('may be put again: the same bytes get the same answer', async () => {
      await using host = await startHost()
      const bytes = randomBytes(length)
      const first = await put(host.put(9), bytes)
      const again = await put(host.put(9), bytes)
      assert.equal(again.status, 201)
      assert.deepEqual(await again.json(), await first.json())
    })

    test('is never overwritten by other bytes', async () => {
      await using host = await startHost()
      const bytes = randomBytes(length)
      await put(host.put(9), bytes)
      for (const other of [randomBytes(length + 1), randomBytes(LARGE + 1)]) {
        const refused = await put(host.put(9), other)
        assert.equal(refused.status, 409)
        assert.equal(await codeOf(refused), 'fid_exists')
      }
      assert.deepEqual(await bytesAt(host.fileOf(9)), bytes)
      assert.deepEqual(await tempFiles(host), [])
    })
  })

  test(`a ${size} body is held against the digest that came with it`, async () => {
    await using host = await startHost()
    const [bytes, others] = [randomBytes(length), randomBytes(length + 1)]
    const wrong = await put(host.put(5), bytes, { 'content-digest': digestOf(others) })
    assert.equal(wrong.status, 409)
    assert.equal(await codeOf(wrong), 'checksum_mismatch')
    assert.equal(await bytesAt(host.fileOf(5)), undefined, 'nothing is kept')
    const right = await put(host.put(5), bytes, { 'repr-digest': digestOf(bytes) })
    assert.equal(right.status, 201)
  })
}

test('a body of unknown length is stored, up to the limit of its ticket', async () => {
  await using host = await startHost()
  const bytes = randomBytes(LARGE)
  const stored = await put(host.put(1), chunked(bytes))
  assert.equal(stored.status, 201)
  assert.deepEqual(await bytesAt(host.fileOf(1)), bytes)

  const refused = await put(host.put(2, { maxBytes: LARGE - 1 }), chunked(bytes))
  assert.equal(refused.status, 413)
  assert.equal(await codeOf(refused), 'body_too_large')
  assert.equal(await bytesAt(host.fileOf(2)), undefined)
  assert.deepEqual(await tempFiles(host), [])
})

test('a PUT says what it expects to find', async () => {
  await using host = await startHost()
  const absent = await put(host.put(1), 'hello', { 'if-match': '*' })
  assert.equal(await codeOf(absent), 'condition_failed')
  assert.equal((await put(host.put(1), 'hello', { 'if-none-match': '*' })).status, 201)
  const there = await put(host.put(1), 'hello', { 'if-none-match': '*' })
  assert.equal(there.status, 412)
  assert.equal((await put(host.put(1), 'hello', { 'if-match': '"1"' })).status, 201)
})

test('a digest that does not parse is refused, not ignored', async () => {
  await using host = await startHost()
  const refused = await put(host.put(1), 'hello', { 'content-digest': 'sha-256=:AAAA:' })
  assert.equal(refused.status, 400)
  const unknown = await put(host.put(1), 'hello', { 'content-digest': 'md5=:AAAA:' })
  assert.equal(unknown.status, 201, 'an algorithm that we do not have is no promise')
})

/** Announces a body, and tells the answer; the body is only sent after `100 Continue`. */
async function announce(url: string, length: number) {
  const asking = request(url, {
    method: 'PUT',
    headers: { expect: '100-continue', 'content-length': length },
  })
  let continued = false
  asking.on('continue', () => {
    continued = true
    asking.end(Buffer.alloc(length))
  })
  asking.flushHeaders()
  const status = await new Promise<number | undefined>((resolve) =>
    asking.once('response', (response) => resolve(response.resume().statusCode)),
  )
  return { status, continued }
}

describe('what can be refused early is refused before the body is sent', () => {
  test('longer than the ticket allows', async () => {
    await using host = await startHost()
    const url = host.put(1, { maxBytes: 10 })
    assert.deepEqual(await announce(url, 11), { status: 413, continued: false })
    assert.deepEqual(await announce(url, 10), { status: 201, continued: true })
  })

  test('larger than the room on the disk', async () => {
    await using host = await startHost()
    const answer = await announce(host.put(1), 15 * 1024 ** 4)
    assert.deepEqual(answer, { status: 507, continued: false })
  })

  test('without a good ticket', async () => {
    await using host = await startHost()
    const answer = await announce(host.put(1).replace('sig=', 'sig=x'), 10)
    assert.deepEqual(answer, { status: 403, continued: false })
  })
})

test('a client that sends its body in spite of a refusal gets to read the refusal', async () => {
  await using host = await startHost()
  const refused = await put(host.put(1, { maxBytes: 10 }), randomBytes(2_000_000))
  assert.equal(await codeOf(refused), 'body_too_large')
})

for (const announced of [SMALL, LARGE]) {
  test(`an upload that is cut off before its ${announced} bytes leaves nothing`, async () => {
    await using host = await startHost()
    const url = new URL(host.put(1))
    const socket = connect(Number(url.port), url.hostname)
    const head = `PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: x\r\n`
    const body = 'x'.repeat(announced - 1)
    socket.end(`${head}content-length: ${announced}\r\n\r\n${body}`)
    const answer = await text(socket)
    assert.match(answer, /^HTTP\/1\.1 400 [^]*"code":"body_cut_off"/, 'who still listens is told')
    assert.equal((await host.events.next('request.refused'))['code'], 'body_cut_off')
    assert.equal(await bytesAt(host.fileOf(1)), undefined)
    assert.deepEqual(await tempFiles(host), [])
  })
}

test('a client that leaves in the middle of its body leaves nothing', async () => {
  await using host = await startHost()
  const url = new URL(host.put(1))
  const socket = connect(Number(url.port), url.hostname)
  const head = `PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: x\r\n`
  socket.write(`${head}content-length: 10\r\n\r\nhello`, () => socket.resetAndDestroy())
  assert.equal((await host.events.next('request.refused'))['code'], 'body_cut_off')
  assert.equal(await bytesAt(host.fileOf(1)), undefined)
})

test('what is no HTTP is refused in words, and the next client is served', async () => {
  await using host = await startHost()
  const url = new URL(host.put(1))
  const socket = connect(Number(url.port), url.hostname)
  socket.end('HELLO\r\n\r\n')
  assert.match(await text(socket), /^HTTP\/1\.1 400 [^]*"code":"invalid_request"/)
  assert.equal((await put(host.put(1), 'hello')).status, 201)
})

test('of two clients that put different bytes at once, one is refused', async () => {
  await using host = await startHost()
  for (const [fid, sizes] of [
    [1, [SMALL, SMALL]],
    [2, [LARGE, LARGE]],
    [3, [SMALL, LARGE]],
  ] as const) {
    const bodies = sizes.map((size) => randomBytes(size))
    const answers = await Promise.all(bodies.map((body) => put(host.put(fid), body)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201, 409]))
    const winner = bodies[answers.findIndex(({ status }) => status === 201)]
    assert.deepEqual(await bytesAt(host.fileOf(fid)), winner)
  }
})

test('many clients at once are all served', async () => {
  await using host = await startHost()
  const fids = Array.from({ length: 500 }, (_, at) => 1_000 + at)
  const answers = await Promise.all(fids.map((fid) => put(host.put(fid), `body of ${fid}`)))
  assert.ok(answers.every(({ status }) => status === 201))
  for (const fid of fids) assert.equal(String(await bytesAt(host.fileOf(fid))), `body of ${fid}`)
})
