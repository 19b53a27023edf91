// A host of MogileFS is taken over with the files that lie on its disks: they are read, copied to a
// new host, kept while MogileFS may still want them, and erased when nobody does.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { type Agent, startAgent } from '#agent/agent.ts'
import { adopt, initAgent } from '#agent/init.ts'
import { fidPath } from '#shared/fid-path.ts'
import { DeviceId, Fid } from '#shared/ids.ts'
import { eventLog } from '#test/support/event-log.ts'
import { type LocalCluster, localCluster } from '#test/support/local-cluster.ts'
import { expectFile } from '#test/support/many-files.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { insertFiles, oldFile } from './old-cluster.ts'
import { oldWorld } from './old-world.ts'

const FILES = 12
const STRAY = 500
const bytesOf = (fid: number) => Buffer.alloc(fid * 7_000, `file ${fid} `)
const keyOf = (fid: number) => `letters/${fid}`
/** Host alpha has the devices 1 and 2; every third file lies on both. */
const devicesOf = (fid: number) => (fid % 3 === 0 ? [1, 2] : [(fid % 2) + 1])

const pathOf = (root: string, fid: number, deviceId: number) =>
  join(root, fidPath(DeviceId.parse(deviceId), Fid.parse(fid)))

async function layFile(root: string, fid: number, deviceId: number): Promise<void> {
  const path = pathOf(root, fid, deviceId)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytesOf(fid))
}

/** The agent of alpha, on the root of the mogstored that was there. */
async function takeOverHost(cluster: LocalCluster, root: string): Promise<Agent> {
  const trackerUrls = [cluster.description.trackerUrl]
  const { enrollmentToken: token } = await cluster.admin.admin.hosts.renewToken('alpha')
  await initAgent({ root, trackerUrls, token, publicUrl: 'http://127.0.0.1:1', newDevices: 0 })
  for (const deviceId of [1, 2]) await adopt(root, DeviceId.parse(deviceId))
  const listen = { host: '127.0.0.1', port: 0 }
  return startAgent({ root, trackerUrls, listen, events: eventLog() })
}

test('a host with its files is taken over, and nothing on its disks is lost', async () => {
  await using world = await oldWorld()
  await using dir = await tempDir()
  const root = dir.path
  const fids = Array.from({ length: FILES }, (_, n) => n + 1)
  for (const fid of fids) for (const deviceId of devicesOf(fid)) await layFile(root, fid, deviceId)
  await layFile(root, STRAY, 1) // MogileFS stored it a moment ago
  const old = fids.map((fid) => ({
    ...oldFile(fid),
    dmid: 1,
    classid: 0,
    key: keyOf(fid),
    bytes: bytesOf(fid).length,
    devids: devicesOf(fid),
    md5: undefined,
  }))
  await insertFiles(world.old, old)
  await world.import()

  await using cluster = await localCluster({
    databaseUrl: world.databaseUrl,
    hosts: 1,
    devicesPerHost: 1,
  })
  await using alpha = await takeOverHost(cluster, root)
  const pictures = cluster.admin.domain('pictures')
  const own = cluster.description.agents[0]?.devices[0]?.deviceId ?? assert.fail()

  // each gets its second copy on the new host
  await untilTrue(async () => {
    const copied = await Promise.all(fids.map(async (fid) => pictures.info(keyOf(fid))))
    return copied.every(({ deviceIds }) => deviceIds.some((id) => id === own))
  }, 'every file is on the new host, too')
  for (const fid of fids) {
    await expectFile(pictures, keyOf(fid), bytesOf(fid))
    for (const deviceId of devicesOf(fid)) assert.ok(existsSync(pathOf(root, fid, deviceId)))
  }

  await cluster.admin.admin.fsck.start({ check: 'checksums' })
  await untilTrue(async () => {
    const stats = await Promise.all(fids.map(async (fid) => pictures.stat(keyOf(fid))))
    return stats.every(({ checksum }) => checksum !== 'none')
  }, 'all copies were read')
  for (const fid of fids) {
    const { checksum } = await pictures.stat(keyOf(fid))
    const sum = createHash('sha256').update(bytesOf(fid)).digest('hex')
    assert.equal(checksum, `SHA-256:${sum}`, 'what MogileFS did not know is known')
  }

  // deleted here while MogileFS may still want the bytes: they stay until the end
  await pictures.delete(keyOf(1))
  await world.old.run(
    `insert into file values (${STRAY}, 1, 'late', ${bytesOf(STRAY).length}, 0, 1)`,
  )
  await world.old.run(`insert into file_on values (${STRAY}, 1)`)
  const again = await world.import()
  assert.deepEqual([again.added, again.tally.unmapped[0]?.reason], [1, 'it was deleted here since'])
  await untilTrue(async () => {
    const { paths } = await pictures.paths('late', { noverify: true })
    return paths.some((path) => path.startsWith(alpha.url))
  }, 'trackers know where the agent of alpha is')
  await expectFile(pictures, 'late', bytesOf(STRAY))
  assert.ok(existsSync(pathOf(root, 1, 2)))

  await layFile(root, STRAY + 1, 2) // of an upload that was never closed
  const { lastFid } = await world.finish()
  const gone = [pathOf(root, 1, 2), pathOf(root, STRAY + 1, 2)]
  await untilTrue(() => gone.every((path) => !existsSync(path)), 'what nobody wants is erased')
  for (const fid of fids.slice(1)) {
    await expectFile(pictures, keyOf(fid), bytesOf(fid))
    assert.ok(devicesOf(fid).some((deviceId) => existsSync(pathOf(root, fid, deviceId))))
  }
  await expectFile(pictures, 'late', bytesOf(STRAY))

  const { fid } = await pictures.put('new', Buffer.from('new'))
  assert.ok(fid > lastFid, `${fid} is above ${lastFid}`)
  await untilTrue(
    async () => (await pictures.info('new')).deviceIds.length === 2,
    'the adopted devices take new files',
  )
})
