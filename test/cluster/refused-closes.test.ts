// What is refused on the way to a stored file, but not by a node: a close that says something else
// than was stored, no room anywhere, no tracker. Nothing is lost by it: the right way goes on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Unreachable } from '#shared/client/unreachable.ts'
import { DeviceId } from '#shared/ids.ts'
import { type ProblemCode, problems } from '#shared/problems.ts'
import { Closed, Stored, type Upload } from '#shared/wire/uploads.ts'
import { startAnotherTracker } from '#test/support/another-tracker.ts'
import { untilDisksMatch } from '#test/support/disks.ts'
import { type LocalCluster, localCluster } from '#test/support/local-cluster.ts'
import { type Answer, call, parseAnswer } from '#test/support/tracker-call.ts'
import { measured } from '#test/support/tracker-world.ts'
import { untilTrue } from '#test/support/until-true.ts'
import {
  abortUpload,
  closeUpload,
  openUpload,
  putBytes,
  putTo,
  targetOf,
} from '#test/support/upload-steps.ts'

const TEXT = 'the bytes of a file'
const { bytes, checksum } = measured(TEXT)
const { checksum: another } = measured('other bytes')

interface Refused {
  code: ProblemCode
  by: (stored: Stored, upload: Upload, cluster: LocalCluster) => Promise<Answer>
}

const closes: Readonly<Record<string, Refused>> = {
  'another size': {
    code: 'size_mismatch',
    by: ({ deviceId, receipt }, upload, cluster) =>
      closeUpload(cluster, upload, { deviceId, receipt, bytes: bytes + 1 }),
  },
  'another size, and no receipt': {
    code: 'size_mismatch',
    by: ({ deviceId }, upload, cluster) =>
      closeUpload(cluster, upload, { deviceId, bytes: bytes + 1 }),
  },
  'another checksum': {
    code: 'checksum_mismatch',
    by: ({ deviceId, receipt }, upload, cluster) =>
      closeUpload(cluster, upload, { deviceId, receipt, checksum: another }),
  },
  'an altered receipt': {
    code: 'invalid_receipt',
    by({ deviceId, receipt }, upload, cluster) {
      const forged = receipt.replace(checksum, another)
      assert.notEqual(forged, receipt)
      return closeUpload(cluster, upload, { deviceId, receipt: forged })
    },
  },
  'a device that does not exist': {
    code: 'invalid_destdev',
    by: ({ receipt }, upload, cluster) =>
      closeUpload(cluster, upload, { deviceId: DeviceId.parse(999), receipt }),
  },
  'a device that did not get the bytes': {
    code: 'size_verify_error',
    by: (_stored, upload, cluster) =>
      closeUpload(cluster, upload, { deviceId: targetOf(upload, 1).deviceId, bytes }),
  },
  'the receipt of another upload': {
    code: 'invalid_receipt',
    async by({ deviceId, receipt }, _upload, cluster) {
      const other = await openUpload(cluster, 'another')
      const answer = await closeUpload(cluster, other, { deviceId, receipt })
      await abortUpload(cluster, other)
      return answer
    },
  },
}

test('a close that is wrong is refused, and the right one still works', async (t) => {
  await using cluster = await localCluster()
  for (const [name, { code, by }] of Object.entries(closes))
    await t.test(name, async () => {
      const upload = await openUpload(cluster, name)
      const stored = await putTo(upload, TEXT)
      const answer = await by(stored, upload, cluster)
      assert.deepEqual([answer.status, answer.code], [problems[code].status, code])
      await assert.rejects(cluster.files.stat(name), { code: 'unknown_key' })

      const { deviceId, receipt } = stored
      const right = { deviceId, receipt, bytes, checksum }
      parseAnswer(Closed, await closeUpload(cluster, upload, right))
      assert.equal(await (await cluster.files.get(name)).text(), TEXT)
      const again = await closeUpload(cluster, upload, right)
      assert.equal(again.status, 200, 'and is safe to repeat')
    })
  await t.test('the close of an upload that was given up', async () => {
    const upload = await openUpload(cluster, 'given up')
    const { deviceId, receipt } = await putTo(upload, TEXT)
    await abortUpload(cluster, upload)
    const { code } = await closeUpload(cluster, upload, { deviceId, receipt })
    assert.equal(code, 'no_temp_file')
  })
  await untilDisksMatch(cluster)
  await t.test('bytes that are not those promised at the opening', () => brokenPromise(cluster))
  await t.test('a file for which no device has room', () => noRoom(cluster))
})

/** What was promised is held against the receipt; then the right bytes go to another node. */
async function brokenPromise(cluster: LocalCluster): Promise<void> {
  for (const [wrong, code] of [
    ['too short', 'size_mismatch'],
    [TEXT.toUpperCase(), 'checksum_mismatch'],
  ] as const) {
    const upload = await openUpload(cluster, 'promised', { bytes, checksum })
    const bad = await putTo(upload, wrong, 0)
    assert.equal((await closeUpload(cluster, upload, wordOf(bad))).code, code)
    const overIt = await putBytes(targetOf(upload, 0).url, TEXT)
    assert.equal(overIt.code, 'fid_exists', 'what a receipt was given for is not replaced (I1)')

    const good = await putTo(upload, TEXT, 1)
    parseAnswer(Closed, await closeUpload(cluster, upload, wordOf(good)))
    assert.equal(await (await cluster.files.get('promised')).text(), TEXT)
  }
}

const wordOf = ({ deviceId, receipt }: Stored) => ({ deviceId, receipt })

async function noRoom(cluster: LocalCluster): Promise<void> {
  const { settings } = cluster.admin.admin
  const { minFreeBytes = 0 } = await settings.list()
  await settings.change({ minFreeBytes: Number.MAX_SAFE_INTEGER })
  const refused = async () => (await askToOpen(cluster)).code === 'no_devices'
  await untilTrue(refused, 'new files are refused')
  const { status, headers } = await askToOpen(cluster)
  assert.deepEqual([status, headers.get('retry-after')], [503, '1'])
  assert.equal(await (await cluster.files.get('promised')).text(), TEXT, 'reading goes on')

  await settings.change({ minFreeBytes })
  const { bytes: stored } = await cluster.files.put('room again', TEXT)
  assert.equal(stored, bytes, 'the SDK has waited for it')
}

const askToOpen = ({ description: { trackerUrl, clientKey } }: LocalCluster) =>
  call(`${trackerUrl}/v1/domains/demo/uploads`, 'POST', { key: clientKey, json: { key: 'any' } })

test('without a tracker everybody is told so, and what was begun can be finished', async () => {
  await using cluster = await localCluster()
  const { trackerUrl, clientKey } = cluster.description
  await cluster.files.put('stored before', TEXT)
  const { paths } = await cluster.files.paths('stored before')
  const begun = await call(`${trackerUrl}/v1/domains/demo/files/begun`, 'PUT', {
    key: clientKey,
    body: TEXT,
  })
  const node = begun.headers.get('location') ?? ''

  process.kill(cluster.tracker.pid, 'SIGKILL')
  await assert.rejects(cluster.files.put('any', TEXT), (error) => {
    assert.ok(error instanceof Unreachable)
    assert.match(error.message, /^http:\/\/127\.0\.0\.1:\d+\/\S+ did not answer: \S/)
    return true
  })
  assert.equal(await (await fetch(paths[0] ?? '')).text(), TEXT, 'tickets are good without it')
  const untold = await putBytes(node, TEXT)
  assert.deepEqual([untold.status, untold.code], [502, 'commit_failed'])

  const port = Number(new URL(trackerUrl).port)
  await using _ = await startAnotherTracker(cluster, { kind: 'node', port })
  const { closed } = parseAnswer(Stored, await putBytes(node, TEXT))
  assert.equal(closed?.replacedFid, null)
  assert.equal(await (await cluster.files.get('begun')).text(), TEXT)
  await untilDisksMatch(cluster)
})
