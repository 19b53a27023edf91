// Whatever is signed: tickets, receipts, links. What was signed is understood as it was meant, and
// of what was altered nothing is good, in whichever way it was altered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fidPath, parseFidPath } from '#shared/fid-path.ts'
import { Checksum, ChecksumKind, DeviceId, Fid } from '#shared/ids.ts'
import { encodeBase64Url, macEquals } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { type Receipt, readReceipt, signReceipt } from '#shared/receipts.ts'
import { ticketInPath, ticketInQuery } from '#shared/ticket-in-path.ts'
import { checkTicket, signedUrl, type Ticket, type VersionedKey } from '#shared/tickets.ts'
import { hostileText, tries } from './fuzz.ts'

const key: VersionedKey = { version: 3, key: new Uint8Array(32).fill(7) }
const other: VersionedKey = { version: 3, key: new Uint8Array(32).fill(8) }
const NOW_S = 1_800_000_000

const deviceId = fc.integer({ min: 1, max: 999_999_999 }).map((id) => DeviceId.parse(id))
const fid = fc
  .maxSafeNat()
  .filter((id) => id > 0)
  .map((id) => Fid.parse(id))
const ticket: fc.Arbitrary<Ticket> = fc.record(
  {
    verb: fc.constantFrom('GET', 'PUT'),
    deviceId,
    fid,
    untilS: fc.integer({ min: NOW_S + 1, max: NOW_S + 1_000_000 }),
    maxBytes: fc.nat(),
    contentType: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 }),
    checksum: fc
      .stringMatching(/^(?:SHA-256:[0-9a-f]{64}|SHA-1:[0-9a-f]{40}|MD5:[0-9a-f]{32})$/)
      .map((text) => Checksum.parse(text)),
    commit: fc.constant(true as const),
    checksumKind: fc.constantFrom(...ChecksumKind.options),
  },
  { requiredKeys: ['verb', 'deviceId', 'fid', 'untilS'] },
)

const check = (url: string, method: string, keys = [key], nowS = NOW_S) => {
  const [path = '', ...search] = url.split('?')
  const place = parseFidPath(path)
  if (place === undefined) throw new Problem('unknown_route')
  return checkTicket(search.join('?'), place, method, keys, nowS * 1_000)
}
const isRefused = (act: () => unknown) => {
  try {
    act()
    return false
  } catch (error) {
    return error instanceof Problem
  }
}

const expectAsSigned = (given: Ticket) => {
  const {
    key: by,
    checksumKind = 'SHA-256',
    ...read
  } = check(signedUrl('', given, key), given.verb)
  assert.equal(by, key)
  const { checksumKind: kind = 'SHA-256', ...signed } = given
  assert.deepEqual({ ...read, checksumKind }, { ...signed, checksumKind: kind })
}

test('a ticket says what it was signed for', () => {
  fc.assert(fc.property(ticket, expectAsSigned), tries(500))
})

const anyText = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed())
test('whatever was signed, a type that no header can hold is refused', () => {
  fc.assert(
    fc.property(ticket, anyText, (given, contentType) => {
      fc.pre(!/^[\x20-\x7e]+$/.test(contentType))
      assert.ok(isRefused(() => check(signedUrl('', { ...given, contentType }, key), given.verb)))
    }),
  )
})

test('a ticket is good for its verb, its time and its key, and for no other', () => {
  fc.assert(
    fc.property(ticket, hostileText, (given, method) => {
      const url = signedUrl('', given, key)
      fc.pre(method !== given.verb && !(given.verb === 'GET' && method === 'HEAD'))
      assert.ok(isRefused(() => check(url, method)))
      assert.ok(isRefused(() => check(url, given.verb, [other])))
      assert.ok(isRefused(() => check(url, given.verb, [])))
      assert.ok(isRefused(() => check(url, given.verb, [key], given.untilS)))
    }),
    tries(300),
  )
})

/** The text with something put in, taken out or put in place of something. */
const altered = (text: string, at: number, out: number, put: string) =>
  text.slice(0, at % text.length) + put + text.slice((at % text.length) + out)

test('no alteration of a URL leaves it good for anything else', () => {
  fc.assert(
    fc.property(ticket, fc.nat(), fc.nat(9), hostileText, (given, at, out, put) => {
      const url = signedUrl('', given, key)
      const before = ticketInQuery(altered(ticketInPath(url), at, out, put)) // or before the path
      for (const bad of [altered(url, at, out, put), before])
        for (const method of bad === url ? [] : ['GET', 'HEAD', 'PUT', 'DELETE'])
          assert.ok(
            isRefused(() => check(bad, method)),
            bad,
          )
    }),
    tries(1_000),
  )
})

test('parameters that are said twice are not another ticket', () => {
  fc.assert(
    fc.property(
      ticket,
      fc.constantFrom('verb', 'until', 'max', 'type', 'commit', 'key', 'sum'),
      hostileText,
      (given, name, value) => {
        const url = signedUrl('', given, key)
        const more = `${name}=${encodeURIComponent(value.toWellFormed())}`
        for (const bad of [
          `${url}&${more}`,
          url.replace('?', `?${more}&`),
          url.replace('&sig=', `&${more}&sig=`),
        ])
          assert.ok(
            isRefused(() => check(bad, given.verb)),
            bad,
          )
      },
    ),
    tries(500),
  )
})

const hex = fc.string({
  unit: fc.constantFrom(...'0123456789abcdef'.split('')),
  minLength: 64,
  maxLength: 64,
})
const receipt: fc.Arbitrary<Receipt> = fc.record({
  fid,
  deviceId,
  bytes: fc.maxSafeNat(),
  checksum: hex.map((digits) => Checksum.parse(`SHA-256:${digits}`)),
})
const keysOf = (version: number) => (version === key.version ? [key] : [])

test('a receipt says what it was signed for, and altered nothing', () => {
  fc.assert(
    fc.property(receipt, fc.nat(), fc.nat(9), hostileText, (given, at, out, put) => {
      const text = signReceipt(given, key)
      assert.deepEqual({ ...readReceipt(text, keysOf) }, { ...given })
      assert.equal(
        readReceipt(text, () => [other]),
        undefined,
      )
      const bad = altered(text, at, out, put)
      fc.pre(bad !== text)
      assert.equal(readReceipt(bad, keysOf), undefined, bad)
    }),
    tries(500),
  )
})

test('any text is no receipt, and reading it fails in no other way', () => {
  fc.assert(
    fc.property(fc.array(hostileText, { maxLength: 8 }), (parts) => {
      assert.equal(readReceipt(parts.join('.'), keysOf), undefined)
    }),
    tries(500),
  )
})

test('a ticket is no receipt, and a receipt no ticket', () => {
  fc.assert(
    fc.property(ticket, receipt, (asked, given) => {
      assert.equal(readReceipt(signedUrl('', asked, key), keysOf), undefined)
      const place = fidPath(given.deviceId, given.fid)
      assert.ok(isRefused(() => check(`${place}?${signReceipt(given, key)}`, 'GET')))
      const sig = signReceipt(given, key).split('.').at(-1)
      assert.ok(
        isRefused(() => check(`${place}?verb=GET&until=9999999999&key=3&sig=${sig}`, 'GET')),
      )
    }),
    tries(300),
  )
})

test('only the path of a fid is a path, and each fid has one', () => {
  fc.assert(
    fc.property(deviceId, fid, fc.nat(), fc.nat(5), hostileText, (device, number, at, out, put) => {
      const path = fidPath(device, number)
      fc.pre(number < 1e15)
      assert.deepEqual(parseFidPath(path), { deviceId: device, fid: number })
      const place = parseFidPath(altered(path, at, out, put))
      if (place !== undefined)
        assert.equal(fidPath(place.deviceId, place.fid), altered(path, at, out, put))
    }),
    tries(1_000),
  )
  fc.assert(
    fc.property(hostileText, (text) => {
      assert.equal(parseFidPath(`/${text}`), undefined)
    }),
    tries(300),
  )
})

test('a signature equals itself alone', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), hostileText, (bytes, text) => {
      const mac = encodeBase64Url(bytes)
      assert.ok(macEquals(mac, mac))
      assert.equal(macEquals(text, mac), text === mac)
      assert.equal(macEquals(`${mac}=`, mac), false)
      assert.equal(macEquals(mac.slice(0, -1), mac), false)
    }),
    tries(300),
  )
})
