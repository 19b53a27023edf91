// Disks that fail for real: full, out of inodes, broken into read-only, unmounted, taken twice; and
// sources that stall or lie.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { startAgent } from '#agent/agent.ts'
import { readEnrollment, writeEnrollment } from '#agent/enrollment.ts'
import { initAgent } from '#agent/init.ts'
import { SMALL_BODY_BYTES } from '#agent/limits.ts'
import { tempDir } from '#test/support/temp-dir.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { bytesAt, codeOf, type Host, startHost } from './support/host.ts'
import { replicateJob } from './support/jobs.ts'
import { putWithExpect } from './support/put-with-expect.ts'
import { mountExt4, mountTmpfs, moveDevice, whyNoMounts } from './support/real-mount.ts'
import { RecordedEvents } from './support/recorded-events.ts'
import { ScriptedTracker } from './support/scripted-tracker.ts'
import { SourceNode } from './support/source-node.ts'

const [noTmpfs, noExt4] = [await whyNoMounts('tmpfs'), await whyNoMounts('ext4')]
const MIB = 1024 ** 2
const CLIENTS = 16
const Health = z.object({
  devices: z.array(z.object({ quarantined: z.object({ bytes: z.int() }).optional() })),
})

const device = (host: Host, name = '') => join(host.root, 'dev1', name)

const put = (url: string, body: Uint8Array | ReadableStream) =>
  fetch(url, { method: 'PUT', body, ...(body instanceof ReadableStream && { duplex: 'half' }) })

function* pieces(count: number): Generator<Uint8Array> {
  for (let n = 0; n < count; n++) yield randomBytes(MIB)
}

async function conditionOf(host: Host, wanted: string): Promise<string | undefined> {
  const gauge = await host.tracker.heard(() =>
    host.tracker.syncs.at(-1)?.devices.find(({ condition }) => condition === wanted),
  )
  return gauge.reason
}

test('a body that has no room is refused before it is read', { skip: noTmpfs }, async () => {
  await using host = await startHost()
  await using _ = await moveDevice(host, (path) => mountTmpfs(path, 'size=64m'))
  const refused = await putWithExpect(host.put(1), 60 * MIB)
  assert.deepEqual(refused, { status: 507, code: 'disk_full', isToldToGoOn: false })
})

test('a body that fills the disk leaves nothing, and the rest goes on', {
  skip: noTmpfs,
}, async () => {
  await using host = await startHost()
  await using _ = await moveDevice(host, (path) => mountTmpfs(path, 'size=64m'))
  const endless = await put(host.put(1), ReadableStream.from(pieces(80)))
  assert.equal(endless.status, 507)
  assert.equal(await codeOf(endless), 'disk_full')
  assert.deepEqual(await readdir(device(host, 'tmp')), [])
  assert.equal(await bytesAt(host.fileOf(1)), undefined)
  const small = randomBytes(MIB)
  const isStored = async () => (await put(host.put(2), small)).status === 201
  await untilTrue(isStored, 'the next look at the disk finds room again')
  assert.deepEqual(await bytesAt(host.fileOf(2)), small)

  const big = await put(host.put(3), ReadableStream.from(pieces(48)))
  assert.equal(big.status, 201)
  assert.match((await conditionOf(host, 'full')) ?? '', /bytes are free/)
  await using source = await SourceNode.start()
  const job = replicateJob(4, small, [source.serves('/a', small)])
  host.tracker.jobs.push(job)
  assert.equal(await host.tracker.outcomeOf(job.jobId), 'hopeless: device_unavailable')
})

test('a disk without inodes refuses new files, and keeps what it said', {
  skip: noTmpfs,
}, async () => {
  await using host = await startHost()
  await using _ = await moveDevice(host, (path) => mountTmpfs(path, 'size=128m,nr_inodes=700'))
  const bodies = Array.from({ length: 900 }, (_body, n) => Buffer.from(`file ${n}`))
  const stored: boolean[] = []
  const waiting = bodies.entries()
  const client = async () => {
    for (const [n, body] of waiting) {
      const answer = await put(host.put(n + 1), body)
      stored[n] = answer.status === 201
      if (!stored[n]) assert.equal(await codeOf(answer), 'disk_full')
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  assert.ok(stored.filter(Boolean).length > 400)
  assert.ok(stored.includes(false))
  await host.stop()
  await host.start()
  for (const [n, body] of bodies.entries())
    assert.deepEqual(await bytesAt(host.fileOf(n + 1)), stored[n] === true ? body : undefined)
  assert.match((await conditionOf(host, 'full')) ?? '', /inodes are free/)
  const refused = await putWithExpect(host.put(2_000), 5)
  assert.deepEqual([refused.status, refused.isToldToGoOn], [507, false])
})

test('a disk that breaks into read-only takes no more, and is read', { skip: noExt4 }, async () => {
  await using host = await startHost()
  await using mounted = await moveDevice(host, (path) => mountExt4(path, 96 * MIB))
  const body = randomBytes(SMALL_BODY_BYTES + 1)
  assert.equal((await put(host.put(1), body)).status, 201)
  await writeFile(`/sys/fs/ext4/${mounted.block}/trigger_fs_error`, '1')

  const refused = await put(host.put(2), body)
  assert.equal(refused.status, 503)
  assert.equal(await codeOf(refused), 'device_unavailable')
  // from now on before a byte is read, though no test file was written since
  const next = await putWithExpect(host.put(3), body.length)
  assert.deepEqual([next.status, next.isToldToGoOn], [503, false])
  assert.match((await conditionOf(host, 'readonly')) ?? '', /EROFS|read-only/)
  const found = await fetch(host.get(1))
  assert.deepEqual(Buffer.from(await found.arrayBuffer()), body)
})

test('below an unmounted disk nothing is written', { skip: noTmpfs }, async () => {
  await using host = await startHost()
  await using mounted = await moveDevice(host, (path) => mountTmpfs(path, 'size=64m'))
  assert.equal((await put(host.put(1), randomBytes(10))).status, 201)
  await mounted.unmount()
  assert.equal(await conditionOf(host, 'fenced'), 'no identity file: is the disk mounted?')
  for (const fid of [1, 2]) assert.equal((await put(host.put(fid), randomBytes(9))).status, 503)
  assert.equal((await fetch(host.get(1))).status, 503)
  assert.deepEqual(await readdir(device(host)), [])
})

test('a device that another agent has is fenced, until that one is gone', async () => {
  await using host = await startHost()
  await using other = await tempDir()
  await using tracker = await ScriptedTracker.start()
  const own = { root: other.path, trackerUrls: [tracker.url] }
  const publicUrl = 'http://127.0.0.1:1'
  await initAgent({ ...own, token: 'enroll_2', publicUrl, newDevices: 1 })
  await rm(join(other.path, 'dev1'), { recursive: true })
  await symlink(join(host.root, 'dev1'), join(other.path, 'dev1'))
  const enrolled = await readEnrollment(other.path)
  assert.ok(enrolled !== undefined)
  await writeEnrollment(other.path, { ...enrolled, clusterId: host.tracker.clusterId })

  const events = new RecordedEvents()
  const listen = { host: '127.0.0.1', port: 0 }
  await using _ = await startAgent({ ...own, listen, events })
  const fenced = await events.next('device.fenced')
  assert.equal(fenced['reason'], 'another agent has it')
  await host.stop()
  await events.next('device.ok')
})

test('a source that stops in the middle, or says less than it sends, makes no copy', async () => {
  await using host = await startHost()
  await using source = await SourceNode.start()
  const body = randomBytes(300_000)
  const cut = source.answers('/cut', (response) => {
    response.writeHead(200, { 'content-length': body.length })
    response.write(body.subarray(0, 100_000), () => response.destroy())
  })
  const short = source.serves('/short', body.subarray(1))
  const long = source.serves('/long', Buffer.concat([body, body]))
  const wrong = source.serves('/wrong', body.with(7, (body[7] ?? 0) ^ 1))
  const job = replicateJob(1, body, [cut, short, long, wrong])
  host.tracker.jobs.push(job)
  assert.equal(await host.tracker.outcomeOf(job.jobId), 'retry: no_good_source')
  assert.equal(await bytesAt(host.fileOf(1)), undefined)
  assert.deepEqual(await readdir(device(host, 'tmp')), [])

  const good = replicateJob(1, body, [wrong, source.serves('/good', body)])
  host.tracker.jobs.push(good)
  assert.equal(await host.tracker.outcomeOf(good.jobId), 'done')
  assert.deepEqual(await bytesAt(host.fileOf(1)), body)
})

test('what was found wrong is counted, and found wrong twice it is kept once', async () => {
  await using host = await startHost()
  const body = randomBytes(1_000)
  const rotten = body.with(0, (body[0] ?? 0) ^ 1)
  await put(host.put(1), rotten)
  await using source = await SourceNode.start()
  const job = replicateJob(1, body, [source.serves('/a', body)])
  host.tracker.jobs.push(job)
  assert.equal(await host.tracker.outcomeOf(job.jobId), 'done')
  assert.deepEqual(await bytesAt(host.fileOf(1)), body)
  const kept = await readdir(device(host, 'quarantine'))
  assert.equal(kept.length, 1)
  await host.stop()
  await host.start()
  await untilTrue(async () => {
    const answer = await fetch(`${host.agent.url}/health`)
    const { devices } = Health.parse(await answer.json())
    return devices[0]?.quarantined?.bytes === rotten.length
  }, 'the agent tells what lies in quarantine')
})
