// An agent compares its disk with what should lie there: what it finds, what it leaves alone, what
// it keeps aside, and at what pace.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Checksum, DeviceId, Fid } from '#shared/ids.ts'
import { MAX_FINDINGS } from '#shared/limits.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { bytesAt, startHost } from './support/host.ts'
import { deleteJob, replicateJob } from './support/jobs.ts'
import {
  copy,
  digestsOf,
  lay,
  look,
  quarantined,
  shown,
  sumOf,
  windowOf,
} from './support/looking.ts'
import { SourceNode } from './support/source-node.ts'

const MORE_THAN_AT_ONCE = 50

test('whatever is missing, cut off, rotten or unknown is named, and nothing else', async () => {
  await using host = await startHost()
  const [small, large] = [randomBytes(100), randomBytes(300_000)]
  for (const fid of [1, 3, 1_000, 2_001]) await lay(host, fid, small)
  await lay(host, 2_000, large)
  await lay(host, 2_002, large.with(150_000, (large[150_000] ?? 0) ^ 1))
  await lay(host, 2_003, large.subarray(1))
  const copies = [
    ...[1, 2, 3, 1_000].map((fid) => copy(fid, small)),
    ...[2_000, 2_002, 2_003].map((fid) => copy(fid, large)),
  ]
  const found = await look(host, windowOf(copies))
  assert.deepEqual(shown(found), ['MISS 2', 'UNKN 2001', 'BSUM 2002', 'BLEN 2003'])
  const lost = found.find(({ code }) => code === 'MISS')
  assert.equal(lost !== undefined && 'version' in lost && lost.version, 1_002)
  const [report] = host.tracker.findings
  assert.deepEqual([report?.files, report?.fromFid, report?.toFid], [7, 1, 5_000])
})

test('a look at sizes reads no byte, and other kinds of checksums are understood', async () => {
  await using host = await startHost()
  const bytes = randomBytes(5_000)
  await lay(host, 1, bytes.with(7, (bytes[7] ?? 0) ^ 1))
  assert.deepEqual(await look(host, windowOf([copy(1, bytes)], { check: 'sizes' })), [])
  assert.equal(host.tracker.findings[0]?.bytes, 0)
  const none = Checksum.parse('none')
  assert.deepEqual(await look(host, windowOf([copy(1, bytes, none)])), [])
  const md5 = await look(host, windowOf([copy(1, bytes, sumOf(bytes, 'MD5'))]))
  assert.deepEqual(shown(md5), ['BSUM 1'])
})

test('where digests are equal no copy is named; of a range that differs all are', async () => {
  await using host = await startHost()
  const bytes = randomBytes(100)
  const copies = [1, 2, 3, 1_000, 1_001, 2_000, 2_001].map((fid) => copy(fid, bytes))
  for (const { fid } of copies) await lay(host, fid, bytes)
  const window = () => windowOf(copies, { check: 'sizes', ranges: digestsOf(copies, 2) })
  assert.deepEqual(await look(host, window()), [])
  assert.deepEqual(host.tracker.listings, [])
  const [report] = host.tracker.findings
  assert.deepEqual([report?.files, report?.fromFid, report?.toFid], [7, 1, 5_000])

  await rm(host.fileOf(3))
  await lay(host, 1_500, bytes)
  await lay(host, 2_001, bytes.subarray(1))
  await lay(host, 3_000, bytes)
  const found = await look(host, window())
  assert.deepEqual(shown(found), ['MISS 3', 'UNKN 1500', 'BLEN 2001', 'UNKN 3000'])
  assert.deepEqual(
    host.tracker.listings.map(({ toFid }) => toFid),
    [1_000, 2_000, 2_001, 5_000],
  )
  const stretches = host.tracker.findings.slice(1)
  assert.deepEqual(
    stretches.map(({ fromFid, toFid, files }) => [fromFid, toFid, files]),
    [
      [1, 2, 2],
      [3, 1_000, 2],
      [1_001, 2_000, 2],
      [2_001, 2_001, 1],
      [2_002, 5_000, 0],
    ],
  )
})

test('where another run is listed than was digested, the next window is asked for', async () => {
  await using host = await startHost()
  const bytes = randomBytes(100)
  await lay(host, 1, bytes)
  const before = [copy(1, bytes), copy(2, bytes)]
  host.tracker.windows = [
    windowOf(before, { check: 'sizes', ranges: digestsOf(before, 2), fromFid: Fid.parse(2) }),
  ]
  // the run that is listed is another one: nothing is reported of the first
  host.tracker.listedFsckId = 9
  await host.tracker.heard(() => (host.tracker.listings.length > 1 ? true : undefined))
  assert.deepEqual(host.tracker.findings, [])
  host.tracker.listedFsckId = undefined
  await host.tracker.heard(() => (host.tracker.windows.length === 0 ? true : undefined))
  const found = host.tracker.findings.flatMap(({ findings }) => findings)
  assert.deepEqual(shown(found), ['MISS 2'])
})

test('damaged bytes are in quarantine once they are reported, the last copy is not', async () => {
  await using host = await startHost()
  const bytes = randomBytes(100)
  const rotten = bytes.with(0, (bytes[0] ?? 0) ^ 1)
  for (const fid of [1, 2]) await lay(host, fid, rotten)
  host.tracker.lastCopies = [2]
  await look(host, windowOf([copy(1, bytes), copy(2, bytes)]))
  await untilTrue(
    async () => (await quarantined(host)).length === 1,
    'the last copy is only itself',
  )
  const [kept = ''] = await quarantined(host)
  assert.match(kept, /^1\.\d{4}-/)
  assert.deepEqual(await readFile(join(host.root, 'dev1/quarantine', kept)), Buffer.from(rotten))
  assert.deepEqual(await bytesAt(host.fileOf(2)), Buffer.from(rotten))
  assert.equal((await stat(host.fileOf(2))).nlink, 1)
})

test('what cannot be read at all is named, whatever else cannot be done about it', async () => {
  await using host = await startHost()
  const bytes = randomBytes(100)
  for (const fid of [1, 1_000, 2_000]) await lay(host, fid, bytes)
  const leaf = dirname(host.fileOf(1_000))
  await rm(leaf, { recursive: true })
  await writeFile(leaf, '') // as if the disk had lost the directory
  const found = await look(host, windowOf([1, 1_000, 2_000].map((fid) => copy(fid, bytes))))
  assert.deepEqual(shown(found), ['UNRD 1000'])
  assert.deepEqual(await quarantined(host), [])
})

test('a narrow look passes other files by, and one beyond what is settled new ones', async () => {
  await using host = await startHost()
  const bytes = randomBytes(10)
  for (const fid of [1, 2, 3]) await lay(host, fid, bytes)
  assert.deepEqual(await look(host, windowOf([copy(1, bytes)], { isWhole: false })), [])
  const young = await look(host, windowOf([copy(1, bytes)], { settledFid: 2 }))
  assert.deepEqual(shown(young), ['UNKN 2'])
})

test('more findings than one report takes are told in several, one after the other', async () => {
  await using host = await startHost()
  const count = MAX_FINDINGS + 20
  for (let fid = 1; fid <= count; fid++) await lay(host, fid, new Uint8Array())
  const found = await look(host, windowOf([]))
  assert.equal(found.length, count)
  const stretches = host.tracker.findings.map(({ fromFid, toFid }) => [fromFid, toFid])
  assert.deepEqual(stretches, [
    [1, MAX_FINDINGS],
    [MAX_FINDINGS + 1, 5_000],
  ])
})

test('a lost file that lies here after all is told of; one with other bytes is not', async () => {
  await using host = await startHost()
  const bytes = randomBytes(100)
  await lay(host, 1, bytes)
  await lay(host, 2, randomBytes(100))
  host.tracker.lost = [1, 2, 3].map((fid) => {
    const { version: _, ...wanted } = copy(fid, bytes)
    return wanted
  })
  const search = await host.tracker.heard(() =>
    host.tracker.searches.find(({ searched }) => searched !== undefined),
  )
  assert.deepEqual(search.searched, { fromNo: 0, toNo: 3, found: [1] })
})

test('a lost file whose erasing waits here is not told of: it may go at any moment', async () => {
  await using host = await startHost()
  await using silent = await SourceNode.start()
  const bytes = randomBytes(100)
  await lay(host, 1, bytes)
  const url = silent.answers('/never', () => undefined)
  const fids = Array.from({ length: MORE_THAN_AT_ONCE }, (_, n) => 10 + n)
  const copies = fids.map((fid) => replicateJob(fid, bytes, [url]))
  host.tracker.jobs.push(...copies, deleteJob(1))
  await host.tracker.heard(() => host.tracker.jobs.length === 0 || undefined)

  const { version: _, ...wanted } = copy(1, bytes)
  host.tracker.lost = [wanted]
  const search = await host.tracker.heard(() =>
    host.tracker.searches.find(({ searched }) => searched !== undefined),
  )
  assert.deepEqual(search.searched?.found, [])
})

test('a disk that is fenced while it is looked at is not said to be empty', async () => {
  await using host = await startHost()
  const bytes = randomBytes(10)
  const fids = Array.from({ length: 50 }, (_, n) => n + 1)
  for (const fid of fids) await lay(host, fid, bytes)
  const copies = fids.map((fid) => copy(fid, bytes))
  host.tracker.windows = [windowOf(copies, { filesPerS: 20 })]
  for (const _ of [1, 2]) await host.events.next('agent.synced', host.events.all.length)
  await rm(join(host.root, 'dev1/mogile-device.json')) // as if another disk were mounted there
  await host.events.next('look.failed')
  assert.deepEqual(host.tracker.findings, [])
})

test('a device that is down is not looked at, and one that comes back is', async () => {
  await using host = await startHost()
  const deviceId = DeviceId.parse(1)
  const bytes = randomBytes(10)
  await lay(host, 1, bytes)
  const window = windowOf([copy(1, bytes)])
  host.tracker.devices = [{ deviceId, state: 'down', sweptFid: 0 }]
  for (const _ of [1, 2]) await host.events.next('agent.synced', host.events.all.length)
  host.tracker.windows = [window]
  for (const _ of [1, 2]) await host.events.next('agent.synced', host.events.all.length)
  assert.deepEqual(host.tracker.findings, [])
  host.tracker.devices = [{ deviceId, state: 'alive', sweptFid: 0 }]
  assert.deepEqual(await look(host, window), [])
})

test('an agent that stops in the middle of a look does not wait for its end', async () => {
  await using host = await startHost()
  const bytes = randomBytes(2_000_000)
  await lay(host, 1, bytes)
  host.tracker.windows = [windowOf([copy(1, bytes)], { bytesPerS: 1_000 })]
  for (const _ of [1, 2]) await host.events.next('agent.synced', host.events.all.length)
  await host.stop() // the look would go on for half an hour
})
