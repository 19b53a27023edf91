// GET and HEAD at a storage agent: whole files, parts of them, and what a client has already.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { codeOf, type Host, startHost } from './support/host.ts'

const LARGE = 3_000_001

async function store(
  host: Host,
  fid: number,
  bytes: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const response = await fetch(host.put(fid), { method: 'PUT', body: bytes })
  assert.equal(response.status, 201)
}

const get = (host: Host, fid: number, headers: Record<string, string> = {}) =>
  fetch(host.get(fid), { headers })

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

for (const length of [0, 1, 65_536, 65_537, LARGE])
  test(`a file of ${length} bytes is read as it was stored`, async () => {
    await using host = await startHost()
    const bytes = randomBytes(length)
    await store(host, 7, bytes)
    const response = await get(host, 7)
    assert.equal(response.headers.get('content-length'), String(length))
    assert.deepEqual(await bytesOf(response), bytes)
  })

test('the answer carries the type of its ticket, and may be kept by its client alone', async () => {
  await using host = await startHost()
  await store(host, 7, '<script>')
  const plain = await get(host, 7)
  assert.equal(plain.headers.get('content-type'), 'application/octet-stream')
  assert.equal(plain.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(plain.headers.get('cache-control'), 'private, max-age=31536000, immutable')
  assert.equal(plain.headers.get('etag'), '"7"')
  assert.equal(plain.headers.get('accept-ranges'), 'bytes')
  const typed = await fetch(host.get(7, { contentType: 'image/svg+xml; charset=utf-8' }))
  assert.equal(typed.headers.get('content-type'), 'image/svg+xml; charset=utf-8')
})

test('a file that this device does not hold may be elsewhere', async () => {
  await using host = await startHost()
  const missing = await get(host, 404)
  assert.equal(missing.status, 404)
  assert.equal(missing.headers.get('content-type'), 'application/problem+json')
  assert.equal(await codeOf(missing), 'unknown_fid')
})

for (const length of [1_000, LARGE])
  describe(`of a file of ${length} bytes`, () => {
    const bytes = randomBytes(length)
    const parts: [header: string, start: number, end: number][] = [
      ['bytes=0-0', 0, 1],
      ['bytes=10-99', 10, 100],
      ['bytes=990-', 990, length],
      ['bytes=-7', length - 7, length],
      [`bytes=-${length + 1}`, 0, length],
      [`bytes=5-${length * 2}`, 5, length],
    ]
    for (const [range, start, end] of parts)
      test(`${range} is bytes ${start} to ${end}`, async () => {
        await using host = await startHost()
        await store(host, 7, bytes)
        const response = await get(host, 7, { range })
        assert.equal(response.status, 206)
        assert.equal(response.headers.get('content-range'), `bytes ${start}-${end - 1}/${length}`)
        assert.deepEqual(await bytesOf(response), bytes.subarray(start, end))
      })
  })

test('a range that the file does not have is refused, and the length is told', async () => {
  await using host = await startHost()
  await store(host, 7, 'hello')
  for (const range of ['bytes=5-', 'bytes=9-10', 'bytes=-0']) {
    const refused = await get(host, 7, { range })
    assert.equal(refused.status, 416)
    assert.equal(refused.headers.get('content-range'), 'bytes */5')
    assert.equal(await codeOf(refused), 'range_not_satisfiable')
  }
})

for (const length of [1_000, LARGE])
  test(`several ranges of ${length} bytes come as parts of one answer`, async () => {
    await using host = await startHost()
    const bytes = randomBytes(length)
    await store(host, 7, bytes)
    const response = await get(host, 7, { range: `bytes=900-999, 0-9, ${length}-, -1` })
    assert.equal(response.status, 206)
    const type = response.headers.get('content-type') ?? ''
    const [, boundary = ''] = /^multipart\/byteranges; boundary=(.+)$/.exec(type) ?? []
    const part = (start: number, end: number) =>
      Buffer.concat([
        Buffer.from(`\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\n`),
        Buffer.from(`Content-Range: bytes ${start}-${end - 1}/${length}\r\n\r\n`),
        bytes.subarray(start, end),
      ])
    const body = await bytesOf(response)
    const close = Buffer.from(`\r\n--${boundary}--\r\n`)
    assert.deepEqual(
      body,
      Buffer.concat([part(900, 1_000), part(0, 10), part(length - 1, length), close]),
    )
    assert.equal(response.headers.get('content-length'), String(body.length))
  })

test('too many ranges, or none that we understand, get the whole file', async () => {
  await using host = await startHost()
  await store(host, 7, 'hello')
  const many = `bytes=${Array.from({ length: 65 }, () => '0-0').join()}`
  for (const range of [many, 'bytes=0-3,1-4', 'lines=1-2', 'bytes=3-1', 'bytes=-', 'bytes=x-']) {
    const response = await get(host, 7, { range })
    assert.equal(response.status, 200, range)
    assert.equal(await response.text(), 'hello')
  }
})

test('what a client has already is not sent again', async () => {
  await using host = await startHost()
  await store(host, 7, 'hello')
  const first = await get(host, 7)
  const lastModified = first.headers.get('last-modified') ?? ''
  const later = new Date(Date.parse(lastModified) + 60_000).toUTCString()
  const earlier = new Date(Date.parse(lastModified) - 60_000).toUTCString()
  const cases: [Record<string, string>, number][] = [
    [{ 'if-none-match': '"7"' }, 304],
    [{ 'if-none-match': 'W/"7"' }, 304],
    [{ 'if-none-match': '"8", "7"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"8"' }, 200],
    [{ 'if-none-match': '"8"', 'if-modified-since': later }, 200],
    [{ 'if-modified-since': lastModified }, 304],
    [{ 'if-modified-since': later }, 304],
    [{ 'if-modified-since': earlier }, 200],
    [{ 'if-modified-since': 'yesterday' }, 200],
  ]
  for (const [headers, status] of cases) {
    const response = await get(host, 7, headers)
    assert.equal(response.status, status, JSON.stringify(headers))
    assert.equal(await response.text(), status === 200 ? 'hello' : '')
  }
})

test('a request for other bytes than these is refused', async () => {
  await using host = await startHost()
  await store(host, 7, 'hello')
  const lastModified = (await get(host, 7)).headers.get('last-modified') ?? ''
  const earlier = new Date(Date.parse(lastModified) - 60_000).toUTCString()
  const cases: [Record<string, string>, number][] = [
    [{ 'if-match': '"7"' }, 200],
    [{ 'if-match': '"8", "7"' }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': '"8"' }, 412],
    [{ 'if-match': 'W/"7"' }, 412],
    [{ 'if-unmodified-since': lastModified }, 200],
    [{ 'if-unmodified-since': earlier }, 412],
    [{ 'if-match': '"7"', 'if-unmodified-since': earlier }, 200],
  ]
  for (const [headers, status] of cases) {
    const response = await get(host, 7, headers)
    assert.equal(response.status, status, JSON.stringify(headers))
    if (status === 412) assert.equal(await codeOf(response), 'condition_failed')
  }
})

test('a range is resumed only where the client has the beginning of these very bytes', async () => {
  await using host = await startHost()
  await store(host, 7, 'hello')
  const lastModified = (await get(host, 7)).headers.get('last-modified') ?? ''
  for (const [condition, status] of [
    ['"7"', 206],
    [lastModified, 206],
    ['"8"', 200],
    ['W/"7"', 200],
  ] as const) {
    const response = await get(host, 7, { range: 'bytes=1-', 'if-range': condition })
    assert.equal(response.status, status, condition)
  }
})

for (const length of [0, 5_000, LARGE])
  test(`HEAD tells the length of ${length} bytes, and their checksum if it is wanted`, async () => {
    await using host = await startHost()
    const bytes = randomBytes(length)
    await store(host, 7, bytes)
    const plain = await fetch(host.get(7), { method: 'HEAD' })
    assert.equal(plain.status, 200)
    assert.equal(plain.headers.get('content-length'), String(length))
    assert.equal(plain.headers.get('repr-digest'), null)
    const headers = { 'want-repr-digest': 'sha-512=3, sha-256=10' }
    const wanted = await fetch(host.get(7), { method: 'HEAD', headers })
    const base64 = createHash('sha256').update(bytes).digest('base64')
    assert.equal(wanted.headers.get('repr-digest'), `sha-256=:${base64}:`)
    const declined = { 'want-repr-digest': 'sha-256=0' }
    const unwanted = await fetch(host.get(7), { method: 'HEAD', headers: declined })
    assert.equal(unwanted.headers.get('repr-digest'), null)
  })

test('a client that leaves in the middle of a large file leaves nothing open', async () => {
  await using host = await startHost()
  await store(host, 7, randomBytes(30_000_000))
  const leaving = new AbortController()
  const response = await fetch(host.get(7), { signal: leaving.signal })
  const reader = response.body?.getReader()
  await reader?.read()
  leaving.abort()
  await host.stop() // would wait for a request under way
  assert.ok(host.events.all.every(({ event }) => event !== 'request.refused'))
})
