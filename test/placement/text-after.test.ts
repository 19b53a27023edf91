// Where a prefix ends in byte order: listings depend on it to the last code point.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { textAfter } from '#tracker/routes/client/list-keys.ts'
import { seededRandom } from './device.ts'

const LAST = '\u{10ffff}'

describe('the text after a prefix', () => {
  const examples: readonly [prefix: string, after: string | null][] = [
    ['a', 'b'],
    ['a/', 'a0'],
    ['a\0', 'a\u0001'],
    ['é', 'ê'],
    ['\u007f', '\u0080'], // from one byte to two
    ['\u07ff', '\u0800'], // to three
    ['\ud7ff', '\ue000'], // over the surrogates, which UTF-8 does not have
    ['\uffff', '\u{10000}'], // to four
    ['😀', '😁'],
    [`a${LAST}`, 'b'],
    [`a${LAST}${LAST}`, 'b'],
    [LAST, null],
    ['', null],
  ]
  for (const [prefix, after] of examples)
    test(`${JSON.stringify(prefix)}: ${JSON.stringify(after)}`, () =>
      assert.equal(textAfter(prefix), after))
})

test('all texts with the prefix are before it, all others are not between', () => {
  const random = seededRandom(5)
  const alphabet = ['\0', 'a', 'b', '/', '\u007f', 'é', '\ud7ff', '\ue000', '\uffff', '😀', LAST]
  const some = (most: number) =>
    Array.from(
      { length: Math.floor(random() * (most + 1)) },
      () => alphabet[Math.floor(random() * alphabet.length)],
    ).join('')
  let inside = 0
  for (let n = 0; n < 20_000; n++) {
    const [prefix, text] = [some(3), some(5)]
    const after = textAfter(prefix)
    const isBetween = bytewise(text, prefix) >= 0 && (after === null || bytewise(text, after) < 0)
    const begins = prefix === '' || text.startsWith(prefix)
    assert.equal(isBetween, begins, `${JSON.stringify(text)} and ${JSON.stringify(prefix)}`)
    if (begins && prefix !== '') inside += 1
  }
  assert.ok(inside > 100, `only ${inside} texts had the prefix`)
})

const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
