// What the plain door reads by itself, and what it leaves to Node's parser: anything of which two
// parsers could think differently.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPlainRequest } from '#agent/http/plain/plain-request.ts'
import { MAX_PLAIN_HEAD_BYTES, SMALL_BODY_BYTES } from '#agent/limits.ts'

const read = (text: string) => readPlainRequest(Buffer.from(text, 'latin1'))

const GET = 'GET /a?b HTTP/1.1\r\nHost: x\r\n'
const PUT = 'PUT /a?b HTTP/1.1\r\nHost: x\r\n'

test('a plain head is read, with what follows left in place', () => {
  assert.deepEqual(read(`${GET}Range:  bytes=0-1 \r\nX-Empty:\r\n\r\nGET /next`), {
    method: 'GET',
    url: '/a?b',
    headers: { host: 'x', range: 'bytes=0-1', 'x-empty': '' },
    headBytes: 60,
    bodyBytes: 0,
  })
  const put = read(`${PUT}content-length: 5\r\nconnection: Keep-Alive\r\n\r\nhel`)
  assert.deepEqual([put?.method, put?.bodyBytes], ['PUT', 5])
})

const left: Record<string, string> = {
  'a head that is not whole': GET,
  'another verb': 'DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n',
  'a verb in lower case': 'get /a HTTP/1.1\r\nHost: x\r\n\r\n',
  'an older version': 'GET /a HTTP/1.0\r\nHost: x\r\n\r\n',
  'a whole URL': 'GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n',
  'a space in the URL': 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n',
  'two spaces before the URL': 'GET  /a HTTP/1.1\r\nHost: x\r\n\r\n',
  'a byte beyond ASCII in the URL': 'GET /\xe4 HTTP/1.1\r\nHost: x\r\n\r\n',
  'an empty line in front': `\r\n${GET}\r\n`,
  'a line that ends in LF alone': 'GET /a HTTP/1.1\nHost: x\r\n\r\n',
  'a field that ends in LF alone': `${GET}a: b\nc: d\r\n\r\n`,
  'a CR inside a field': `${GET}a: b\rc\r\n\r\n`,
  'a NUL inside a field': `${GET}a: b\0c\r\n\r\n`,
  'a byte beyond ASCII in a field': `${GET}a: \xe4\r\n\r\n`,
  'a folded field': `${GET}a: b\r\n c\r\n\r\n`,
  'a space before the colon': `${GET}a : b\r\n\r\n`,
  'a space before the name': `${GET} a: b\r\n\r\n`,
  'a field without a name': `${GET}: b\r\n\r\n`,
  'a field without a colon': `${GET}a\r\n\r\n`,
  'no Host': 'GET /a HTTP/1.1\r\n\r\n',
  'two Hosts': `${GET}Host: y\r\n\r\n`,
  'a name that every object has': `${GET}constructor: a\r\n\r\n`,
  'the name of its prototype': `${GET}__proto__: a\r\n\r\n`,
  'a GET with a length': `${GET}content-length: 0\r\n\r\n`,
  'a PUT without one': `${PUT}\r\n`,
  'two lengths': `${PUT}content-length: 5\r\ncontent-length: 5\r\n\r\n`,
  'a list of lengths': `${PUT}content-length: 5, 5\r\n\r\n`,
  'a length with a sign': `${PUT}content-length: +5\r\n\r\n`,
  'a length in hexadecimal': `${PUT}content-length: 0x5\r\n\r\n`,
  'an empty length': `${PUT}content-length:\r\n\r\n`,
  'a large body': `${PUT}content-length: ${SMALL_BODY_BYTES + 1}\r\n\r\n`,
  'chunks and a length': `${PUT}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`,
  'a transfer encoding': `${PUT}Transfer-Encoding: identity\r\n\r\n`,
  'one who waits for 100 Continue': `${PUT}content-length: 5\r\nexpect: 100-continue\r\n\r\n`,
  'a part of a file to store': `${PUT}content-length: 5\r\ncontent-range: bytes 0-4/9\r\n\r\n`,
  'the last request of a connection': `${GET}connection: close\r\n\r\n`,
  'another protocol': `${GET}connection: upgrade\r\nupgrade: h2c\r\n\r\n`,
  'a long head': `${GET}a: ${'x'.repeat(MAX_PLAIN_HEAD_BYTES)}\r\n\r\n`,
}

for (const [what, text] of Object.entries(left))
  test(`${what} is left to Node`, () => {
    assert.equal(read(text), undefined)
  })
