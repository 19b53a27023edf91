// Checksums of whatever kind a class asks for: what the ticket says is computed, signed, verified.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Checksum, ChecksumKind } from '#shared/ids.ts'
import { readReceipt } from '#shared/receipts.ts'
import { Stored } from '#shared/wire/uploads.ts'
import { codeOf, startHost } from './support/host.ts'
import { replicateJob } from './support/jobs.ts'
import { SourceNode } from './support/source-node.ts'

const algorithms = { 'SHA-256': 'sha256', 'SHA-1': 'sha1', MD5: 'md5' } as const
const checksumOf = (kind: ChecksumKind, bytes: Uint8Array): Checksum => {
  if (kind === 'none') return Checksum.parse(kind)
  return Checksum.parse(`${kind}:${createHash(algorithms[kind]).update(bytes).digest('hex')}`)
}

for (const checksumKind of ChecksumKind.options)
  for (const length of [0, 4_096, 300_000])
    test(`${checksumKind} of ${length} bytes is answered, signed and told again`, async () => {
      await using host = await startHost()
      const body = randomBytes(length)
      const answer = await fetch(host.put(7, { checksumKind }), { method: 'PUT', body })
      const { receipt, ...stored } = Stored.parse(await answer.json())
      assert.equal(stored.checksum, checksumOf(checksumKind, body))
      assert.deepEqual(
        readReceipt(receipt, () => [host.key()]),
        stored,
      )
      const again = await fetch(host.put(7, { checksumKind }), { method: 'PUT', body })
      assert.equal(again.status, 201)
    })

const base64Of = (algorithm: string, of: string) =>
  createHash(algorithm).update(of).digest('base64')

test('a digest of the asked kind is held against what came, others are passed over', async () => {
  await using host = await startHost()
  const body = Buffer.from('hello')
  const put = async (fid: number, field: string, checksumKind: ChecksumKind = 'MD5') => {
    const init = { method: 'PUT', body, headers: { 'repr-digest': field } }
    const answer = await fetch(host.put(fid, { checksumKind }), init)
    return answer.status === 201 ? 201 : codeOf(answer)
  }
  assert.equal(await put(1, `md5=:${base64Of('md5', 'hello')}:`), 201)
  assert.equal(await put(2, `md5=:${base64Of('md5', 'other')}:`), 'checksum_mismatch')
  assert.equal(await put(3, 'md5=:short:'), 'invalid_request')
  assert.equal(await put(4, `sha-256=:${base64Of('sha256', 'other')}:`), 201)
  assert.equal(await put(5, `md5=:${base64Of('md5', 'other')}:`, 'none'), 201)
  const both = `sha=:${base64Of('sha1', 'hello')}:, md5=:${base64Of('md5', 'other')}:`
  assert.equal(await put(6, both, 'SHA-1'), 201)
})

test('a HEAD tells the digest that is asked for', async () => {
  await using host = await startHost()
  await fetch(host.put(7), { method: 'PUT', body: 'hello' })
  for (const [wanted, algorithm] of [
    ['md5=1', 'md5'],
    ['sha=3, crc32c=9', 'sha'],
    ['md5=5, sha-256=1', 'sha-256'],
  ] as const) {
    const headers = { 'want-repr-digest': wanted }
    const answer = await fetch(host.get(7), { method: 'HEAD', headers })
    const name = { md5: 'md5', sha: 'sha1', 'sha-256': 'sha256' }[algorithm]
    const digest = createHash(name).update('hello').digest('base64')
    assert.equal(answer.headers.get('repr-digest'), `${algorithm}=:${digest}:`)
  }
})

for (const kind of ChecksumKind.options)
  test(`a copy of a file with ${kind} is verified by that`, async () => {
    await using host = await startHost()
    await using node = await SourceNode.start()
    for (const [nr, length] of [4_096, 300_000].entries()) {
      const bytes = randomBytes(length)
      const urls = [node.serves('/wrong', bytes.toReversed()), node.serves('/right', bytes)]
      const job = replicateJob(nr + 1, bytes, kind === 'none' ? urls.slice(1) : urls)
      host.tracker.jobs.push({ ...job, checksum: checksumOf(kind, bytes) })
      assert.equal(await host.tracker.outcomeOf(job.jobId), 'done')
      const copy = await fetch(host.get(nr + 1))
      assert.deepEqual(Buffer.from(await copy.arrayBuffer()), bytes)
    }
  })
