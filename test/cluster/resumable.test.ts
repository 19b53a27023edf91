// Large uploads through a whole cluster: by tus-js-client from a key to a closed file, and in parts
// as MogileFS's clients send them, closed without a receipt.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { Upload as TusUpload } from 'tus-js-client'
import * as z from 'zod'
import { Upload } from '#shared/wire/uploads.ts'
import { localCluster } from '#test/support/local-cluster.ts'

test('a file is stored by tus, and in parts, and is closed by whoever knows its end', async () => {
  await using cluster = await localCluster({ hosts: 2, devicesPerHost: 1 })
  const { trackerUrl, clientKey, domain } = cluster.description
  const authorization = `Bearer ${clientKey}`
  const domainUrl = `${trackerUrl}/v1/domains/${domain}`
  const bytes = randomBytes(3_000_000)
  const fetched = async (key: string) => {
    const { body } = await cluster.files.get(key)
    assert.ok(body !== null)
    return buffer(body)
  }

  const created: string[] = []
  await new Promise<void>((resolve, reject) => {
    new TusUpload(bytes, {
      endpoint: `${domainUrl}/files/films/tus.bin`,
      headers: { authorization },
      metadata: { filetype: 'video/x-test', filename: 'süß.bin' },
      chunkSize: 1_000_000,
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve(),
      onUploadUrlAvailable() {
        created.push('created')
      },
    }).start()
  })
  assert.deepEqual(created, ['created'])
  assert.ok((await fetched('films/tus.bin')).equals(bytes))
  const stat = await cluster.files.stat('films/tus.bin')
  assert.equal(stat.contentType, 'video/x-test')
  assert.equal(stat.metadata['filename'], 'süß.bin')

  const post = async (path: string, json: unknown) => {
    const headers = { authorization, 'content-type': 'application/json' }
    const answer = await fetch(`${domainUrl}/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(json),
    })
    assert.ok(answer.ok, await answer.clone().text())
    return answer
  }
  const opened = await post('uploads', { key: 'films/parts.bin', parts: true })
  const { fid, targets } = Upload.parse(await opened.json())
  const [target] = targets
  assert.ok(target !== undefined)
  const put = (body: Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
    fetch(target.url, { method: 'PUT', body, headers })
  assert.equal((await put(Buffer.alloc(0), {})).status, 202)
  for (let start = 0; start < bytes.length; start += 500_000) {
    const range = `bytes ${start}-${start + 499_999}/*`
    const part = bytes.subarray(start, start + 500_000)
    assert.equal((await put(part, { 'content-range': range })).status, 202)
  }
  const close = { key: 'films/parts.bin', deviceId: target.deviceId, bytes: bytes.length }
  const closed = await post(`uploads/${fid}/close`, close)
  assert.equal(z.object({ fid: z.number() }).parse(await closed.json()).fid, fid)
  assert.ok((await fetched('films/parts.bin')).equals(bytes))
})

test('what is no upload of the protocol is refused in words', async () => {
  await using cluster = await localCluster({ hosts: 1, devicesPerHost: 1 })
  const { trackerUrl, clientKey, domain } = cluster.description
  const url = `${trackerUrl}/v1/domains/${domain}/files/a`
  const options = await fetch(url, { method: 'OPTIONS' })
  assert.match(options.headers.get('tus-extension') ?? '', /^creation,/)
  const cases: [Record<string, string>, number][] = [
    [{}, 400],
    [{ 'tus-resumable': '1.0.0' }, 400],
    [{ 'tus-resumable': '1.0.0', 'upload-length': '-1' }, 400],
    [{ 'tus-resumable': '1.0.0', 'upload-length': '0' }, 400],
    [{ 'tus-resumable': '1.0.0', 'upload-length': String(17 * 1024 ** 4) }, 413],
    [{ 'tus-resumable': '1.0.0', 'upload-length': '1', 'upload-metadata': 'a !' }, 400],
    [{ 'tus-resumable': '1.0.0', 'upload-length': '1' }, 201],
  ]
  for (const [headers, status] of cases) {
    const authorization = `Bearer ${clientKey}`
    const answer = await fetch(url, { method: 'POST', headers: { authorization, ...headers } })
    assert.equal(answer.status, status, JSON.stringify(headers))
  }
  assert.equal(
    (await fetch(url, { method: 'POST', headers: { 'tus-resumable': '1.0.0' } })).status,
    401,
  )
})
