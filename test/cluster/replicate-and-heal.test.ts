// What happens without a command: second copies, healing after a loss, the erasing of everything
// that nobody can ask for any more.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { fidPath } from '#shared/fid-path.ts'
import { Closed } from '#shared/wire/uploads.ts'
import { copiesInDatabase, copiesOnDisks, untilDisksMatch } from '#test/support/disks.ts'
import { agentAt, hostsOf, type LocalCluster, localCluster } from '#test/support/local-cluster.ts'
import {
  type Contents,
  expectAll,
  expectFile,
  manyContents,
  putAll,
} from '#test/support/many-files.ts'
import { parseAnswer } from '#test/support/tracker-call.ts'
import { untilPasses, untilTrue } from '#test/support/until-true.ts'
import {
  abortUpload,
  closeUpload,
  openUpload,
  putBytes,
  putTo,
  targetOf,
} from '#test/support/upload-steps.ts'

const COPIES = 2
const WRITERS = 16
const FILES = 42

test('files keep their copies, whatever becomes of writers, devices and hosts', async (t) => {
  await using cluster = await localCluster({ settings: { downAfterMs: 2_000 } })
  await t.test('of concurrent writers one wins, and nothing of the others stays', () =>
    overwriteRace(cluster),
  )
  await t.test('a draining device gets no new files, and those that it has leave it', () =>
    drain(cluster),
  )
  await t.test('a killed host is healed around when its devices are marked dead', () =>
    killAndHeal(cluster),
  )
})

async function overwriteRace(cluster: LocalCluster): Promise<void> {
  const { files, agents } = cluster
  const contents = Array.from({ length: WRITERS }, (_, n) =>
    randomBytes(n % 2 === 0 ? 500 : 90_000),
  )
  const written = await Promise.all(contents.map((content) => files.put('raced', content)))

  const { fid, checksum } = await files.stat('raced')
  const winner = written.findIndex((each) => each.fid === fid)
  assert.equal(written[winner]?.checksum, checksum)
  await expectFile(files, 'raced', contents[winner] ?? Buffer.of())
  const replaced = written.map(({ replacedFid }) => replacedFid).filter((each) => each !== null)
  const losers = written.filter((each) => each.fid !== fid).map((each) => each.fid)
  assert.equal(replaced.length, losers.length)
  assert.deepEqual(new Set(replaced), new Set(losers), 'each was replaced once')

  await untilDisksMatch(cluster)
  await untilPasses(async () => {
    const { deviceIds } = await files.info('raced')
    const places = deviceIds.map((deviceId) => fidPath(deviceId, fid))
    assert.deepEqual(await copiesOnDisks(agents), places.toSorted())
    assert.equal(hostsOf(cluster, deviceIds).length, COPIES)
  })
}

async function drain(cluster: LocalCluster): Promise<void> {
  const { files, admin } = cluster
  const before = manyContents('before', FILES)
  await putAll(files, before)
  await untilSpread(cluster, before)
  const { deviceId } = agentAt(cluster, 0).devices[0] ?? assert.fail()
  const onIt = async () =>
    (await copiesInDatabase(cluster.description.databaseUrl)).filter((place) =>
      place.startsWith(`/dev${deviceId}/`),
    )
  assert.ok((await onIt()).length > 0, 'it had its share')

  await admin.admin.devices.change(deviceId, { state: 'drain' })
  const after = manyContents('after', FILES)
  await putAll(files, after)
  await untilSpread(cluster, after)
  for (const key of after.keys())
    assert.ok(
      (await files.info(key)).deviceIds.every((id) => id !== deviceId),
      `${key} is elsewhere`,
    )
  await untilTrue(async () => (await onIt()).length === 0, 'its files leave it')
  await untilSpread(cluster, before)
  await expectAll(files, before)

  await admin.admin.devices.change(deviceId, { state: 'alive' })
  await putAll(files, manyContents('again', FILES))
  await untilTrue(async () => (await onIt()).length > 0, 'new files come again')
}

/** Until every file has its copies, on different hosts that are up. */
const untilSpread = ({ files, agents }: LocalCluster, contents: Contents, down?: string) =>
  untilPasses(async () => {
    const up = { agents: agents.filter(({ host }) => host !== down) }
    for (const key of contents.keys()) {
      const { deviceIds } = await files.info(key)
      assert.equal(hostsOf(up, deviceIds).length, COPIES, `${key} on ${deviceIds.join(', ')}`)
    }
  })

async function killAndHeal(cluster: LocalCluster): Promise<void> {
  const { files, admin, agents } = cluster
  const contents = manyContents('healed', FILES)
  await putAll(files, contents)
  await untilSpread(cluster, contents)
  await untilDisksMatch(cluster)

  const victim = agentAt(cluster, 1)
  victim.signal('SIGKILL')
  await victim.exited
  await expectAll(files, contents)

  for (const { deviceId } of victim.devices)
    await admin.admin.devices.change(deviceId, { state: 'dead' })
  await untilSpread(cluster, contents, victim.host)
  await expectAll(files, contents)
  const living = { ...cluster, agents: agents.filter((agent) => agent !== victim) }
  await untilDisksMatch(living)
  const isShort = async () => (await admin.admin.stats()).shortfalls.length > 0
  await untilTrue(async () => !(await isShort()), 'no file is short of its class')

  for await (const { files: page } of files.list())
    await Promise.all(page.map(({ key }) => files.delete(key)))
  await untilTrue(async () => (await copiesOnDisks(living.agents)).length === 0, 'all is erased')
}

test('bytes that nobody can ask for are erased', async (t) => {
  const settings = { uploadMs: 3_000 }
  await using cluster = await localCluster({ devicesPerHost: 1, settings })
  const { files, agents } = cluster
  const content = randomBytes(100_000)
  const untilErased = (what: string) =>
    untilTrue(async () => (await copiesOnDisks(agents)).length === 0, what)

  await t.test('of an upload that was given up', async () => {
    const upload = await openUpload(cluster, 'aborted')
    await Promise.all([putTo(upload, content, 0), putTo(upload, content, 1)])
    await abortUpload(cluster, upload)
    await untilErased('an aborted upload')
  })
  await t.test('of an upload that expired', async () => {
    await putTo(await openUpload(cluster, 'expired'), content)
    await untilErased('an expired upload')
  })
  await t.test('of a body that came too late', async () => {
    const upload = await openUpload(cluster, 'late')
    const late = await putBytes(targetOf(upload).url, endsAfter(upload.expiresAt, content))
    assert.deepEqual([late.status, late.code], [403, 'ticket_expired'])
    await untilDisksMatch(cluster)
  })
  await t.test('of a PUT whose upload was closed with another', async () => {
    const upload = await openUpload(cluster, 'twice', { class: 'thumb' })
    const used = await putTo(upload, content, 0)
    const stray = await putTo(upload, content, 1)
    const { deviceId, receipt } = used
    parseAnswer(Closed, await closeUpload(cluster, upload, { deviceId, receipt }))
    const places = [used, stray].map(({ fid, deviceId: device }) => fidPath(device, fid))
    assert.deepEqual(await copiesOnDisks(agents), places.toSorted())

    await untilDisksMatch(cluster)
    assert.deepEqual(await copiesOnDisks(agents), places.slice(0, 1))
    await expectFile(files, 'twice', content)
  })
})

/** A body whose last piece comes when its upload is over: the time is the test's subject here. */
function endsAfter(expiresAt: string, content: Uint8Array): ReadableStream<Uint8Array> {
  const half = content.length / 2
  async function* pieces() {
    yield content.subarray(0, half)
    await untilTrue(() => Date.now() > Date.parse(expiresAt), 'the upload has expired')
    yield content.subarray(half)
  }
  return ReadableStream.from(pieces())
}
