// A signature is the same whoever makes it: the tracker on Workers, the tracker on Node, an agent.
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { prepareMac } from '#infra/serve/prepare-mac.ts'
import { mac, macWith } from '#shared/mac.ts'

test('texts of every length and script have the same signature by every way', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 500, 1_364, 1_365, 1_366, 5_000]) {
    const key = randomBytes(32)
    const sign = prepareMac(key)
    for (const letter of ['a', 'é', '\u{20ac}', '\u{1f431}']) {
      const text = letter.repeat(length)
      const expected = createHmac('sha256', key).update(text).digest('base64url')
      assert.equal(sign(text), expected, `${length} of ${letter}`)
      assert.equal(mac(key, text), expected)
      assert.equal(sign('a'), createHmac('sha256', key).update('a').digest('base64url'))
    }
  }
})

test('a key that is longer than a block is refused, not cut', () => {
  assert.throws(() => prepareMac(randomBytes(65)), RangeError)
  assert.throws(() => macWith(randomBytes(65), { bytes: (data) => data, text: String }), RangeError)
})
