// Any request line, header and body at a storage agent: an answer in words or none, never a file
// that no ticket named, never a failure of ours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hostileText, tries } from './fuzz.ts'
import { CLOSE, expectInWords, hostWithSecrets } from './guarded-host.ts'
import { answersOf, say, targetOf } from './raw-http.ts'

test('paths lead nowhere but to fids, however they are written', async (t) => {
  await using host = await hostWithSecrets()
  const query = targetOf(host.get(1)).replace(/^[^?]*/, '')
  for (const path of [
    '/secret',
    '/../secret',
    '/dev1/../secret',
    '/dev1/../../../../etc/passwd',
    '/dev1/0/000/000/../../../../secret',
    '/dev1/0/000/000/0000000001.fid/../0000000002.fid',
    '/dev1/0/000/000/%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret',
    '/dev1/0/000/000/..%2f..%2f..%2f..%2fsecret',
    '/dev1/0/000/000/%252e%252e%252fsecret',
    '/dev1/0/000/000/..\\..\\..\\secret',
    '/dev1/0/000/000/%c0%ae%c0%ae/secret',
    '/dev1/0/000/000/0000000001.fid%00.txt',
    '/dev1/0/000/000/0000000001.fid/',
    '//dev1/0/000/000/0000000001.fid',
    '/./dev1/0/000/000/0000000001.fid',
    '/dev1/0/000/000/0000000002.fid',
    '/DEV1/0/000/000/0000000001.fid',
    '/dev1/0/000/000/0000000001.fid;x',
    '/dev1/0/000/000/\u0660000000001.fid',
    'http://other/dev1/0/000/000/0000000002.fid',
    'file:///etc/passwd',
    '*',
  ])
    await t.test(path, async () => {
      const request = `GET ${path}${query} HTTP/1.1\r\nhost: x\r\n\r\n`
      const said = await say(host.agent.url, request, CLOSE)
      const [answer] = answersOf(said)
      assert.ok((answer?.status ?? 400) >= 400, `${answer?.status}`)
      expectInWords(host, said)
    })
})

const method = fc.constantFrom(
  'GET',
  'HEAD',
  'PUT',
  'POST',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'MOVE',
  'PROPFIND',
  'PATCH',
)
/** Of a request line: no space and no control character gets there by any client. */
const inLine = hostileText.map((text) => text.replaceAll(/[^!-~]/g, '%'))
const value = hostileText.map((text) => text.replaceAll(/[^\t -\u{ff}]/gu, ''))
const fieldName = fc.constantFrom(
  'range',
  'if-range',
  'if-none-match',
  'if-modified-since',
  'content-digest',
  'repr-digest',
  'want-repr-digest',
  'content-type',
  'content-range',
  'accept-encoding',
  'x-anything',
  'te',
  'cookie',
)
const fields = fc
  .array(fc.tuple(fieldName, value), { maxLength: 4 })
  .map((all) => all.map(([name, text]) => `${name}: ${text.trim()}\r\n`).join(''))

test('any path with any query is refused in words', async () => {
  await using host = await hostWithSecrets()
  const ask = async (verb: string, path: string, query: string, head: string) => {
    const request = `${verb} /${path}?${query} HTTP/1.1\r\nhost: x\r\n${head}\r\n`
    const said = await say(host.agent.url, request, CLOSE)
    expectInWords(host, said)
    for (const { status } of answersOf(said, [verb]))
      assert.ok(status >= 400 && status < 500, `${status}`)
  }
  await fc.assert(fc.asyncProperty(method, inLine, inLine, fields, ask), tries(200))
})

test('any fields with a good ticket get the file, a part of it, or a refusal', async () => {
  await using host = await hostWithSecrets()
  const ask = async (verb: 'GET' | 'HEAD', head: string) => {
    const request = `${verb} ${targetOf(host.get(1))} HTTP/1.1\r\nhost: x\r\n${head}\r\n`
    const said = await say(host.agent.url, request, CLOSE)
    expectInWords(host, said)
    const [answer] = answersOf(said, [verb])
    if (answer === undefined) return // hung up on
    assert.ok([200, 206, 304, 400, 416].includes(answer.status), `${answer.status}`)
    if (answer.status === 200 && verb === 'GET') assert.equal(answer.body, 'one')
    if (answer.status === 206) assert.ok('one'.includes(answer.body))
  }
  await fc.assert(fc.asyncProperty(fc.constantFrom('GET', 'HEAD'), fields, ask), tries(300))
})

test('any body with any fields is stored whole as it is, or not at all', async () => {
  await using host = await hostWithSecrets()
  let fid = 100
  const ask = async (head: string, body: Uint8Array, pieces: number) => {
    fid += 1
    const line = `PUT ${targetOf(host.put(fid))} HTTP/1.1\r\nhost: x\r\n`
    const bytes = Buffer.from(body)
    const cut = Math.min(pieces, bytes.length)
    const announced = `content-length: ${bytes.length}\r\n`
    const said = await say(
      host.agent.url,
      `${line}${announced}${head}\r\n`,
      bytes.subarray(0, cut),
      bytes.subarray(cut),
      CLOSE,
    )
    expectInWords(host, said)
    const [answer] = answersOf(said)
    const stored = await fetch(host.get(fid))
    const found = Buffer.from(await stored.arrayBuffer())
    if (answer?.status === 201) assert.deepEqual(found, bytes)
    else assert.equal(stored.status, 404, `${answer?.status}`)
  }
  const bodies = fc.uint8Array({ maxLength: 300 })
  await fc.assert(fc.asyncProperty(fields, bodies, fc.nat(300), ask), tries(200))
})

test('any bytes at all are an end of the connection, and no end of the agent', async () => {
  await using host = await hostWithSecrets()
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all)),
    fc
      .array(
        fc.oneof(
          hostileText,
          fc.constantFrom(
            'GET ',
            'PUT ',
            ' HTTP/1.1\r\n',
            'host: x\r\n',
            '\r\n\r\n',
            '0\r\n\r\n',
            'transfer-encoding: chunked\r\n',
          ),
        ),
        { maxLength: 12 },
      )
      .map((parts) => Buffer.from(parts.join(''), 'utf8')),
  )
  const ask = async (noise: Buffer) => {
    const said = await say(host.agent.url, noise, `\r\n\r\n${CLOSE}`, CLOSE, '\0')
    expectInWords(host, said)
  }
  await fc.assert(fc.asyncProperty(bytes, ask), tries(200))
  assert.equal(await (await fetch(host.get(1))).text(), 'one')
})
