// Lines and what they say. What comes over a socket may be anything: nothing of it may throw, hang
// or be kept.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  encode,
  encodeFields,
  errLine,
  okLine,
  parseArguments,
  parseLine,
} from '#infra/line-gateway/codec.ts'
import { LineSplitter } from '#infra/line-gateway/lines.ts'

const latin1 = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'))
/** Random bytes seldom hold what means something. */
const lineish = fc
  .array(
    fc.oneof(
      latin1,
      fc.constantFrom('&', '=', '+', '%', '%4', '%41', '%zz', '%C3%A4', '%FF', ' ', '!', '\0', 'a'),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''))

test('a line is a command in any case and its arguments', () => {
  const { command, args } = parseLine('Get_Paths domain=d&key=%2Fa+b%26%c3%A4&noverify=1&callid=7')
  assert.equal(command, 'get_paths')
  assert.deepEqual(
    [...args],
    [
      ['domain', 'd'],
      ['key', '/a b&ä'],
      ['noverify', '1'],
      ['callid', '7'],
    ],
  )
  assert.equal(parseLine(' noop').command, '')
  assert.equal(parseLine('noop').args.size, 0)
})

test('of a value that is given twice, or has a second equals sign, MogileFS makes the same', () => {
  const args = parseArguments('a=1&a=2&b=x=y&c&=z&%61=3')
  assert.deepEqual(
    [...args],
    [
      ['a', '1\x002\x003'],
      ['b', 'x'],
      ['c', ''],
    ],
  )
})

test('an answer leaves unescaped what MogileFS does, and its codes are in upper case', () => {
  assert.equal(okLine({}), 'OK \r\n')
  assert.equal(okLine({ paths: 0, none: undefined, altip: null }), 'OK paths=0&altip=\r\n')
  assert.equal(encode('aZ09_,-./\\: ~ä\n'), 'aZ09_,-./\\:+%7E%C3%A4%0A')
  assert.equal(okLine({ a: 'x' }, '9'), 'OK a=x&callid=9\r\n')
  assert.equal(errLine('no_key', 'No key!', '9'), 'ERR no_key No+key%21 9\r\n')
})

test('what is no encoding stays as it is, and a NUL is a character like others', () => {
  const values = ['%', '%4', '%zz', '%%41', '%4g%41', '100%', '%00', 'a%00b', '%c3%28', '%ff%fe']
  const expected = ['%', '%4', '%zz', '%A', '%4gA', '100%', '\0', 'a\0b', '\udcc3(', '\udcff\udcfe']
  assert.deepEqual(
    values.map((value) => parseArguments(`v=${value}`).get('v')),
    expected,
  )
  for (const value of values)
    assert.equal(parseLine(`get_paths key=${value}`).args.get('key')?.includes('\n'), false)
})

test('any bytes are decoded, and written again as the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const escaped = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
      const value = parseArguments(`v=${escaped}`).get('v') ?? ''
      const again = parseArguments(encodeFields({ v: value })).get('v') ?? ''
      assert.equal(again, value)
      if (bytes.length > 0) assert.match(encode(value), /^[\w,\-./\\:+%]+$/)
    }),
  )
})

test('no line makes the parser throw, and no answer to it has a line of its own', () => {
  fc.assert(
    fc.property(lineish, (text) => {
      const { args } = parseLine(text)
      const answer = okLine(Object.fromEntries(args), args.get('callid'))
      assert.equal(answer.indexOf('\r\n'), answer.length - 2)
      assert.match(answer, /^[\x20-\x7e]*\r\n$/)
    }),
    { numRuns: 500 },
  )
})

test('however the bytes are cut into chunks, the lines are the same', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 30 })
  fc.assert(
    fc.property(
      chunks,
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (all, cuts) => {
        const bytes = Buffer.concat(all.flatMap((each) => [each, Buffer.from('\n')]))
        const expected = bytes.toString('latin1').split('\n').slice(0, -1)
        const splitter = new LineSplitter(10_000)
        const lines: string[] = []
        let cut = 0
        for (let at = 0; at < bytes.length; cut++) {
          const size = cuts[cut % cuts.length] ?? 1
          lines.push(...splitter.push(bytes.subarray(at, at + size)))
          at += size
        }
        assert.deepEqual(
          lines,
          expected.map((line) => line.replace(/\r$/, '')),
        )
        assert.equal(splitter.hasPart, false)
      },
    ),
  )
})

test('of a line that is too long nothing is kept, and nothing behind it is read', () => {
  const splitter = new LineSplitter(10)
  assert.deepEqual(splitter.push(Buffer.from('short\r\n01234')), ['short'])
  assert.deepEqual(splitter.push(Buffer.from('567890\nnoop\n')), [])
  assert.equal(splitter.overflown, true)
  assert.equal(splitter.hasPart, false)
  assert.deepEqual(splitter.push(Buffer.from('noop\n')), [])
})

test('a line that comes byte by byte takes no more memory than it is long', () => {
  const splitter = new LineSplitter(65_536)
  const before = process.memoryUsage().arrayBuffers
  for (let at = 0; at < 60_000; at++) assert.deepEqual(splitter.push(Buffer.from('x')), [])
  const [line = ''] = splitter.push(Buffer.from('\n'))
  assert.equal(line.length, 60_000)
  assert.ok(process.memoryUsage().arrayBuffers - before < 50_000_000)
})
