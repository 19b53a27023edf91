// Tags and digests at a storage agent: a file's checksum, where the tracker signed it into the
// ticket, else the fid. Both are taken, for both name the same bytes.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { digestOfChecksum } from '#shared/digests.ts'
import { Checksum } from '#shared/ids.ts'
import { codeOf, startHost } from './support/host.ts'

const hashed = (bytes: string | Uint8Array) =>
  Checksum.parse(`SHA-256:${createHash('sha256').update(bytes).digest('hex')}`)

for (const length of [1_000, 3_000_001])
  test(`the tag of ${length} bytes is the signed checksum, and the fid is one too`, async () => {
    await using host = await startHost()
    const bytes = randomBytes(length)
    const checksum = hashed(bytes)
    const stored = await fetch(host.put(7), { method: 'PUT', body: bytes })
    assert.equal(stored.headers.get('etag'), `"${checksum}"`, 'as it will be read')
    const url = host.get(7, { checksum })
    const found = await fetch(url)
    assert.equal(found.headers.get('etag'), `"${checksum}"`)
    assert.equal(found.headers.get('repr-digest'), digestOfChecksum(checksum))
    assert.ok(bytes.equals(Buffer.from(await found.arrayBuffer())))

    for (const tag of [`"${checksum}"`, '"7"']) {
      const cases: [Record<string, string>, number][] = [
        [{ 'if-none-match': `"8", W/${tag}` }, 304],
        [{ 'if-match': tag }, 200],
        [{ 'if-match': `W/${tag}` }, 412],
        [{ range: 'bytes=1-9', 'if-range': tag }, 206],
        [{ range: 'bytes=1-9', 'if-range': `W/${tag}` }, 200],
      ]
      for (const [headers, status] of cases)
        assert.equal((await fetch(url, { headers })).status, status, JSON.stringify(headers))
    }
    const known = await fetch(url, { headers: { 'if-none-match': `"${checksum}"` } })
    assert.equal(known.headers.get('etag'), `"${checksum}"`)
  })

test('a ticket without a checksum is of a file whose tag is its fid', async () => {
  await using host = await startHost()
  await fetch(host.put(7), { method: 'PUT', body: 'hello' })
  const found = await fetch(host.get(7))
  assert.deepEqual([found.headers.get('etag'), found.headers.get('repr-digest')], ['"7"', null])
  const bare = await fetch(host.put(8, { checksumKind: 'none' }), { method: 'PUT', body: 'hello' })
  assert.equal(bare.headers.get('etag'), '"8"')
})

for (const [kind, checksum] of [
  ['sha', 'SHA-1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'],
  ['md5', 'MD5:5d41402abc4b2a76b9719d911017c592'],
] as const)
  test(`a digest is told by the name that HTTP has for it: ${kind}`, async () => {
    await using host = await startHost()
    await fetch(host.put(7), { method: 'PUT', body: 'hello' })
    const found = await fetch(host.get(7, { checksum: Checksum.parse(checksum) }))
    assert.equal(found.headers.get('repr-digest'), digestOfChecksum(Checksum.parse(checksum)))
    assert.match(found.headers.get('repr-digest') ?? '', new RegExp(`^${kind}=:`))
  })

test('a HEAD that wants a digest is told what lies on the disk, whatever was signed', async () => {
  await using host = await startHost()
  await fetch(host.put(7), { method: 'PUT', body: 'hello' })
  const url = host.get(7, { checksum: hashed('what it should be') })
  const head = (headers: Record<string, string>) => fetch(url, { method: 'HEAD', headers })
  const measured = await head({ 'want-repr-digest': 'sha-256=1' })
  assert.equal(measured.headers.get('repr-digest'), digestOfChecksum(hashed('hello')))
  const told = await head({})
  assert.equal(told.headers.get('repr-digest'), digestOfChecksum(hashed('what it should be')))
})

test('no checksum breaks out of its header, signed or not', async () => {
  await using host = await startHost()
  await fetch(host.put(7), { method: 'PUT', body: 'hello' })
  for (const text of ['"\r\nx-evil: 1', 'SHA-256:00', `${hashed('hello')}"`, 'none\0']) {
    // oxlint-disable-next-line no-unsafe-type-assertion -- what no checksum is, is what is tried
    const refused = await fetch(host.get(7, { checksum: encodeURIComponent(text) as Checksum }))
    assert.equal(await codeOf(refused), 'ticket_invalid', JSON.stringify(text))
  }
})
