// A large file by the SDK, while its connection breaks, its node dies, and its own process is
// another one than before: what has arrived is not sent again.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { connect } from '#shared/client/connect.ts'
import { PIECE_BYTES } from '#shared/client/limits.ts'
import type { Upload } from '#shared/wire/uploads.ts'
import { MIB } from '#test/client/bodies.ts'
import { testClock } from '#test/client/test-clock.ts'
import { type LinkedCluster, linkedCluster } from '#test/support/linked-cluster.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { abortUpload } from '#test/support/upload-steps.ts'

const LARGE = 40 * MIB
const content = randomBytes(LARGE)
const checksum = `SHA-256:${createHash('sha256').update(content).digest('hex')}`

/** As from a disk: a stream from any byte on. */
const ranged = {
  bytes: LARGE,
  from(offset: number) {
    let at = offset
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= LARGE) return controller.close()
        controller.enqueue(content.subarray(at, at + MIB))
        at += MIB
      },
    })
  },
}

/** The SDK in another process, as it were; `offsets`: where each PATCH began. */
function clientOf({ description }: LinkedCluster, clock = testClock(Date.now())) {
  const { trackerUrl, clientKey, domain } = description
  const offsets: number[] = []
  const loseAnswer: { next: boolean } = { next: false }
  const noting: typeof fetch = async (url, init) => {
    if (init?.method !== 'PATCH') return fetch(url, init)
    offsets.push(Number(new Headers(init.headers).get('upload-offset')))
    const response = await fetch(url, init)
    if (!loseAnswer.next) return response
    loseAnswer.next = false
    throw new TypeError('the answer is lost')
  }
  const client = connect({ url: trackerUrl, key: clientKey, fetch: noting, clock })
  return { files: client.domain(domain), offsets, loseAnswer }
}

async function expectStored({ files }: LinkedCluster, key: string) {
  const body = Buffer.from(await (await files.get(key)).arrayBuffer())
  assert.ok(content.equals(body), `${key} is as it was`)
}

test('a put that broke off goes on where it was', async (t) => {
  await using cluster = await linkedCluster(2)

  await t.test('a stream, after the connection was reset in its middle', async () => {
    const { files, offsets } = clientOf(cluster)
    const shown: number[] = []
    const onUpload = (upload: Upload) => cluster.linkOf(upload).after(25 * MIB, 'reset')
    const onProgress = (bytes: number) => void shown.push(bytes)
    const { fid } = await files.putResumably('broken', ranged, { checksum, onUpload, onProgress })
    const [first, ...others] = offsets // one more, where the link's end is heard of late
    assert.ok(first === 0 && others.length > 0, 'it broke off')
    for (const at of others) assert.ok(at >= 16 * MIB, `it went on at ${at}`)
    assert.equal(shown.at(-1), LARGE)
    await expectStored(cluster, 'broken')
    assert.equal((await files.info('broken')).fid, fid)
  })
  await t.test('what is in memory, in pieces that each count', async () => {
    const { files, offsets } = clientOf(cluster)
    await files.putResumably('blob', new Blob([content]), { checksum, contentType: 'x/y' })
    await files.putResumably('bytes', content, { checksum })
    assert.deepEqual(offsets, [0, PIECE_BYTES, 2 * PIECE_BYTES, 0, PIECE_BYTES, 2 * PIECE_BYTES])
    assert.equal((await files.stat('blob')).contentType, 'x/y')
    for (const key of ['blob', 'bytes']) await expectStored(cluster, key)
    await files.putResumably('empty', new Blob([]))
    assert.equal((await files.stat('empty')).bytes, 0)
  })
  await t.test('in another process, which was told of the upload', async () => {
    const first = clientOf(cluster)
    const died = new AbortController()
    let kept: Upload | undefined
    const began = first.files.putResumably('handed over', ranged, {
      signal: died.signal,
      onUpload(upload) {
        kept = upload
        cluster.linkOf(upload).after(25 * MIB, 'cut')
      },
    })
    await untilTrue(() => cluster.links.some(({ isCut }) => isCut), 'it stands still')
    died.abort()
    await assert.rejects(began, { name: 'AbortError' })
    for (const link of cluster.links) link.heal()

    const second = clientOf(cluster)
    await second.files.putResumably('handed over', ranged, { checksum, upload: kept })
    assert.ok((second.offsets[0] ?? 0) >= 16 * MIB, `it went on at ${second.offsets[0]}`)
    await expectStored(cluster, 'handed over')
  })
  await t.test('a last answer that is lost is asked for, and nothing is sent twice', async () => {
    const { files, offsets, loseAnswer } = clientOf(cluster)
    loseAnswer.next = true
    let kept: Upload | undefined
    const onUpload = (upload: Upload) => void (kept = upload)
    const { fid } = await files.putResumably('unheard', ranged, { checksum, onUpload })
    assert.deepEqual(offsets, [0])
    await expectStored(cluster, 'unheard')
    const again = await files.putResumably('unheard', ranged, { checksum, upload: kept })
    assert.equal(again.fid, fid, 'whoever was not told of the close is told again')
    assert.deepEqual(offsets, [0])
  })
  await t.test('an upload that was given up is begun anew', async () => {
    const { files, offsets } = clientOf(cluster)
    let kept: Upload | undefined
    const stop = new AbortController()
    const onUpload = (upload: Upload) => {
      kept = upload
      stop.abort()
    }
    await assert.rejects(files.putResumably('anew', ranged, { onUpload, signal: stop.signal }))
    assert.ok(kept !== undefined)
    await abortUpload(cluster, kept)
    const { fid } = await files.putResumably('anew', ranged, { checksum, upload: kept })
    assert.notEqual(fid, kept.fid)
    assert.ok(offsets.includes(0))
    await expectStored(cluster, 'anew')
  })
  await t.test('bytes that are not what was promised are given up', async () => {
    const { files } = clientOf(cluster)
    const wrong = checksum.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const put = files.putResumably('wrong', ranged, { checksum: () => wrong })
    await assert.rejects(put, { code: 'checksum_mismatch' })
    await assert.rejects(files.stat('wrong'), { code: 'unknown_key' })
  })
})

test('a node that is gone for good is left for the next', async () => {
  await using cluster = await linkedCluster(2)
  const { files, offsets } = clientOf(cluster)
  const kept: Upload[] = []
  const onUpload = (upload: Upload) => {
    kept.push(upload)
    if (kept.length === 1) cluster.linkOf(upload).after(25 * MIB, 'close')
  }
  await files.putResumably('moved', ranged, { checksum, onUpload })
  assert.deepEqual(offsets, [0, 0], 'the other one knows nothing of it')
  assert.deepEqual(
    kept[1]?.targets.map(({ deviceId }) => deviceId),
    kept[0]?.targets.map(({ deviceId }) => deviceId).toReversed(),
    'whoever goes on turns to that one first',
  )
  await expectStored(cluster, 'moved')
})
