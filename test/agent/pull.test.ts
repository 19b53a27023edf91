// Copies of large files from nodes that stall, break off or lie: what was received is kept, several
// nodes give at once, and what lands was verified over the whole.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { SEGMENT_BYTES } from '#agent/limits.ts'
import { Settings, workPace } from '#shared/settings.ts'
import type { ReplicateJob } from '#shared/wire/agents.ts'
import { bytesAt, type Host, startHost } from './support/host.ts'
import { replicateJob } from './support/jobs.ts'
import { SourceNode } from './support/source-node.ts'

const MEGABYTE = 1024 ** 2

/** Has the agent do the job at this pace, and tells what it reported. */
async function run(host: Host, job: ReplicateJob, wish: Partial<Settings> = {}): Promise<string> {
  host.tracker.pace = workPace(Settings.parse({ splitCopyBytes: 0, copyStallMs: 100, ...wish }))
  const from = host.events.all.length
  for (const _ of [1, 2]) await host.events.next('agent.synced', from)
  host.tracker.jobs.push(job)
  return host.tracker.outcomeOf(job.jobId)
}

const failures = (host: Host) =>
  host.events.all.filter(({ event }) => event === 'source.failed').map(({ facts }) => facts)

test('where a node breaks off, the next one goes on at that byte', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(3 * MEGABYTE)
  const urls = [
    node.servesRanges('/breaks', bytes, (response, part) => {
      response.write(part.subarray(0, MEGABYTE), () => response.destroy())
    }),
    node.servesRanges('/whole', bytes),
  ]
  assert.equal(await run(host, replicateJob(7, bytes, urls)), 'done')
  assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
  const position = Number(failures(host)[0]?.['position'])
  assert.ok(position > 0, 'nothing is started over')
  const [length, wanted] = [bytes.length, `/whole ${position}-${bytes.length}`]
  assert.deepEqual(node.ranges, [`/breaks 0-${length}`, wanted], 'nothing is sent twice')
})

test('the only node that has a file is asked again where it broke off', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(3 * MEGABYTE)
  const url = node.servesRanges('/breaks', bytes, (response, part) => {
    const some = part.subarray(0, MEGABYTE)
    response.write(some, () => (some.length < part.length ? response.destroy() : response.end()))
  })
  assert.equal(await run(host, replicateJob(7, bytes, [url])), 'done')
  assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
  const starts = node.ranges.map((range) => Number(/ (\d+)-/.exec(range)?.[1]))
  assert.ok(starts.length >= 3)
  assert.deepEqual(
    starts,
    starts.toSorted((a, b) => a - b),
    'it never goes back',
  )
})

test('a node that has too much to do is asked again, one that lost the file is not', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(3 * MEGABYTE)
  let refusals = 2
  const url = node.answers('/busy', (response) => {
    if (refusals-- > 0) response.writeHead(503, { 'retry-after': '1' }).end()
    else response.end(bytes)
  })
  const job = replicateJob(7, bytes, [node.urlOf('/lost'), url])
  assert.equal(await run(host, job), 'done')
  assert.deepEqual(node.asked, ['/lost', '/busy', '/busy', '/busy'])
})

test('a node that stalls is left for one that does not', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(3 * MEGABYTE)
  const urls = [
    node.servesRanges('/stalls', bytes, (response, part) => response.write(part.subarray(0, 999))),
    node.servesRanges('/whole', bytes),
  ]
  assert.equal(await run(host, replicateJob(7, bytes, urls)), 'done')
  assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
  assert.deepEqual(node.ranges.at(-1), `/whole 999-${bytes.length}`)
})

test('a node that lies about the length is left before its bytes are read', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(3 * MEGABYTE)
  const urls = [
    node.serves('/longer', Buffer.concat([bytes, Buffer.from('x')])),
    node.servesRanges('/shorter', bytes.subarray(1)),
    node.servesRanges('/whole', bytes),
  ]
  assert.equal(await run(host, replicateJob(7, bytes, urls)), 'done')
  const reasons = failures(host).map(
    ({ reason, position }) => `${String(reason)} @${String(position)}`,
  )
  assert.deepEqual(reasons, [
    `sends ${bytes.length + 1} bytes @0`,
    `sends ${bytes.length - 1} bytes @0`,
  ])
})

test('bytes of several nodes that make no whole are asked of each alone', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(3 * MEGABYTE)
  const rotten = Buffer.from(bytes)
  rotten[MEGABYTE + 5] = (rotten[MEGABYTE + 5] ?? 0) ^ 1
  const urls = [
    node.servesRanges('/breaks', bytes, (response, part, start) => {
      if (start > 0) response.end(part)
      else response.write(part.subarray(0, MEGABYTE), () => response.destroy())
    }),
    node.servesRanges('/rotten', rotten),
    node.servesRanges('/right', bytes),
  ]
  assert.equal(await run(host, replicateJob(7, bytes, urls)), 'done')
  assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
  assert.equal(host.events.count('source.lied') > 0, true)
  assert.deepEqual(await readdir(join(host.root, 'dev1/tmp')), [])
})

test('a large file is read from several nodes at once, and verified as a whole', async () => {
  await using host = await startHost()
  await using first = await SourceNode.start()
  await using second = await SourceNode.start()
  const bytes = randomBytes(5 * SEGMENT_BYTES + 12_345)
  const urls = [first.servesRanges('/a', bytes), second.servesRanges('/b', bytes)]
  const split = { splitCopyBytes: MEGABYTE }
  assert.equal(await run(host, replicateJob(7, bytes, urls), split), 'done')
  assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
  assert.ok(first.ranges.length > 0 && second.ranges.length > 0, 'both gave')
  assert.equal(first.ranges.length + second.ranges.length, 6, 'nothing was asked for twice')
})

test('of several nodes at once one may stall, one die and one rot', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(6 * SEGMENT_BYTES)
  const rotten = Buffer.from(bytes)
  for (let at = 0; at < rotten.length; at += MEGABYTE) rotten[at] = (rotten[at] ?? 0) ^ 1
  const urls = [
    node.servesRanges('/stalls', bytes, (response, part) => response.write(part.subarray(0, 10))),
    node.servesRanges('/dies', bytes, (response, part) => {
      response.write(part.subarray(0, MEGABYTE), () => response.destroy())
    }),
    node.servesRanges('/rotten', rotten),
    node.servesRanges('/right', bytes),
  ]
  const job = replicateJob(7, bytes, urls)
  assert.equal(await run(host, job, { splitCopyBytes: MEGABYTE }), 'done')
  assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
  assert.deepEqual(await readdir(join(host.root, 'dev1/tmp')), [])
})

test('when every node lies, nothing lands', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(3 * SEGMENT_BYTES)
  const urls = ['/a', '/b'].map((path) => node.servesRanges(path, randomBytes(bytes.length)))
  const job = replicateJob(7, bytes, urls)
  assert.equal(await run(host, job, { splitCopyBytes: MEGABYTE }), 'retry: no_good_source')
  assert.equal(await bytesAt(host.fileOf(7)), undefined)
  assert.deepEqual(await readdir(join(host.root, 'dev1/tmp')), [])
})
