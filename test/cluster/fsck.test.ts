// Damage on real disks, found by real agents and repaired: bytes that are missing, short, rotten or
// unknown, and files whose only copy is one of these.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  copyFile,
  mkdir,
  open,
  readdir,
  rename,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { fidPath } from '#shared/fid-path.ts'
import { DeviceId, Fid } from '#shared/ids.ts'
import { MAX_WINDOW_COPIES } from '#shared/limits.ts'
import { copiesInDatabase, copiesOnDisks, untilDisksMatch } from '#test/support/disks.ts'
import { agentAt, hostsOf, type LocalCluster, localCluster } from '#test/support/local-cluster.ts'
import { expectAll, expectFile, manyContents, putAll } from '#test/support/many-files.ts'
import { untilPasses, untilTrue } from '#test/support/until-true.ts'

const FILES = 28
const WRITERS = 16

interface Copy {
  fid: number
  deviceId: number
  path: string
}

const placeOf = ({ agents }: LocalCluster, fid: number, deviceId: number): Copy => {
  const device = agents.flatMap(({ devices }) => devices).find((each) => each.deviceId === deviceId)
  assert.ok(device !== undefined)
  const place = fidPath(DeviceId.parse(deviceId), Fid.parse(fid))
  return { fid, deviceId, path: join(device.path, '..', place) }
}

/** A copy of a file. */
async function copyOf(cluster: LocalCluster, key: string): Promise<Copy> {
  const { fid, deviceIds } = await cluster.files.info(key)
  return placeOf(cluster, fid, deviceIds[0] ?? assert.fail())
}

async function flipByte(path: string): Promise<void> {
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, 10)
  await file.write(Buffer.of(byte.readUInt8() ^ 1), 0, 1, 10)
  await file.close()
}

async function runFsck(cluster: LocalCluster, check: 'sizes' | 'checksums' = 'checksums') {
  const { fsck } = cluster.admin.admin
  const { fsckId } = await fsck.start({ check })
  const runOf = async () => (await fsck.list()).runs.find((run) => run.fsckId === fsckId)
  await untilTrue(async () => (await runOf())?.state === 'done', `run ${fsckId} is done`)
  const { events } = await fsck.log({ fsckId })
  // whether the trackers look at a file's policy before or after its damage is found is chance:
  // then it is found short a second time
  const damage = events.filter(({ code }) => code !== 'POVI')
  const told = damage.map(({ code, fid, deviceId }) => `${code} ${fid} ${deviceId ?? ''}`.trim())
  return [...new Set(told)]
}

/** Every file has two copies on two hosts, and nothing else lies on the disks. */
const untilHealed = (cluster: LocalCluster, keys: Iterable<string>) =>
  untilPasses(async () => {
    for (const key of keys) {
      const { deviceIds } = await cluster.files.info(key)
      assert.equal(hostsOf(cluster, deviceIds).length, 2, key)
    }
    assert.deepEqual(
      await copiesOnDisks(cluster.agents),
      await copiesInDatabase(cluster.description.databaseUrl),
    )
  })

async function quarantined({ agents }: LocalCluster): Promise<string[]> {
  const devices = agents.flatMap(({ devices: each }) => each)
  const names = await Promise.all(devices.map(({ path }) => readdir(join(path, 'quarantine'))))
  return names.flat().map((name) => name.slice(0, name.indexOf('.')))
}

test('what is damaged on the disks is found and healed', async (t) => {
  const settings = { uploadMs: 2_000 }
  await using cluster = await localCluster({ settings })
  const { files } = cluster
  const contents = manyContents('file', FILES)
  await putAll(files, contents)
  await untilHealed(cluster, contents.keys())

  await t.test('missing, short and rotten copies, and bytes that nobody knows', async () => {
    const [missing, short, rotten] = await Promise.all(
      ['file/2', 'file/6', 'file/5'].map((key) => copyOf(cluster, key)),
    )
    assert.ok(missing !== undefined && short !== undefined && rotten !== undefined)
    await unlink(missing.path)
    await truncate(short.path, 1_000)
    await flipByte(rotten.path)
    const unknown = await strayIn(cluster)

    const events = await runFsck(cluster)
    const found = [
      `MISS ${missing.fid} ${missing.deviceId}`,
      `BLEN ${short.fid} ${short.deviceId}`,
      `BSUM ${rotten.fid} ${rotten.deviceId}`,
      `UNKN ${unknown.fid} ${unknown.deviceId}`,
      ...[missing, short, rotten].map(({ fid }) => `REPL ${fid}`),
    ]
    assert.deepEqual(events.toSorted(), found.toSorted())
    await untilHealed(cluster, contents.keys())
    await expectAll(files, contents)
    const kept = [short, rotten].map(({ fid }) => String(fid))
    assert.deepEqual((await quarantined(cluster)).toSorted(), kept.toSorted())
  })

  await t.test(
    'nothing is found where nothing is wrong, and when it was looked at is told',
    async () => {
      const beganMs = Date.now()
      assert.deepEqual(await runFsck(cluster), [])
      const { copies } = await files.info('file/3')
      for (const { verifiedAtMs } of copies) assert.ok((verifiedAtMs ?? 0) >= beganMs - 1_000)
    },
  )

  await t.test('a look at the sizes alone does not see a rotten byte', async () => {
    const rotten = await copyOf(cluster, 'file/4')
    await flipByte(rotten.path)
    assert.deepEqual(await runFsck(cluster, 'sizes'), [])
    const { fid, deviceId } = rotten
    assert.deepEqual((await runFsck(cluster)).toSorted(), [
      `BSUM ${fid} ${deviceId}`,
      `REPL ${fid}`,
    ])
    await untilHealed(cluster, contents.keys())
  })
})

/** Bytes of a fid that was given up, and whose ticket has expired. */
async function strayIn(cluster: LocalCluster): Promise<Copy> {
  const { files, agents } = cluster
  const { fid } = await files.put('given up', randomBytes(100))
  await files.delete('given up')
  await untilPasses(async () => {
    const places = [...(await copiesOnDisks(agents))]
    assert.ok(!places.some((place) => place.includes(`${fid}.fid`)), 'it was erased')
  })
  const { devices } = agentAt(cluster, 2)
  const stray = placeOf(cluster, fid, devices[1]?.deviceId ?? assert.fail())
  // the sweep has passed this fid when a later one is settled
  await files.put('later', randomBytes(10))
  await untilPasses(() => sweptPast(cluster, fid))
  await mkdir(dirname(stray.path), { recursive: true })
  await writeFile(stray.path, 'nobody knows these bytes')
  return stray
}

async function sweptPast({ description }: LocalCluster, fid: number): Promise<void> {
  const client = new pg.Client({ connectionString: description.databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query('select device_id from device where swept_fid < $1', [fid])
    assert.deepEqual(rows, [], 'every device was swept')
  } finally {
    await client.end()
  }
}

test('a file whose only copy is damaged is kept, searched for, and found', async () => {
  const settings = { uploadMs: 2_000 }
  await using cluster = await localCluster({ devicesPerHost: 1, settings })
  const { files, agents } = cluster
  const content = randomBytes(90_000)
  await files.put('single', content, { class: 'thumb' })
  await untilDisksMatch(cluster)
  const only = await copyOf(cluster, 'single')
  const elsewhere = agents
    .flatMap(({ devices }) => devices)
    .find((d) => d.deviceId !== only.deviceId)
  assert.ok(elsewhere !== undefined)

  const good = join(elsewhere.path, 'somewhere')
  await copyFile(only.path, good)
  await flipByte(only.path)
  const events = await runFsck(cluster)
  assert.deepEqual(events.slice(0, 2), [`BSUM ${only.fid} ${only.deviceId}`, `SRCH ${only.fid}`])
  const lost = async () => (await cluster.admin.admin.fsck.list()).lost
  await untilTrue(async () => (await lost()).gone === 1, 'every device was searched in vain')
  assert.deepEqual(await quarantined(cluster), [], 'the last copy stays where it is')
  assert.deepEqual((await files.info('single')).deviceIds, [only.deviceId])

  await untilPasses(() => sweptPast(cluster, only.fid))
  const back = placeOf(cluster, only.fid, elsewhere.deviceId)
  await mkdir(dirname(back.path), { recursive: true })
  await rename(good, back.path)
  await runFsck(cluster, 'sizes')
  await untilTrue(async () => (await lost()).gone + (await lost()).searching === 0, 'it was found')
  await untilPasses(async () => {
    assert.deepEqual((await files.info('single')).deviceIds, [elsewhere.deviceId])
    await expectFile(files, 'single', content)
  })
  await untilDisksMatch(cluster)
})

test('a run goes on where it was when the agent is killed', async () => {
  await using cluster = await localCluster({ hosts: 1, devicesPerHost: 1 })
  const { files, admin } = cluster
  const keys = Array.from({ length: MAX_WINDOW_COPIES + 200 }, (_, n) => `small/${n}`)
  for (let n = 0; n < keys.length; n += WRITERS)
    await Promise.all(
      keys.slice(n, n + WRITERS).map((key) => files.put(key, Buffer.of(1), { class: 'thumb' })),
    )
  const { fsckId } = await admin.admin.fsck.start({ check: 'checksums', filesPerS: 400 })
  const looked = async () => {
    const { runs } = await admin.admin.fsck.list()
    const run = runs.find((each) => each.fsckId === fsckId)
    const { files: count = 0 } = run?.devices.find(({ deviceId }) => deviceId !== null) ?? {}
    return { isDone: run?.state === 'done', count }
  }
  await untilTrue(async () => (await looked()).count > 0, 'the first stretch was reported')
  const victim = agentAt(cluster, 0)
  victim.signal('SIGKILL')
  await victim.exited
  assert.equal((await looked()).count, MAX_WINDOW_COPIES)
  await cluster.restartAgent(victim.host)
  await untilTrue(async () => (await looked()).isDone, 'it is done')
  assert.equal((await looked()).count, keys.length, 'nothing twice, nothing left out')
})
