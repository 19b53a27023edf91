// Replicate jobs: a copy is pulled from a node that has it, and counts only when it is verified.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { DeviceId } from '#shared/ids.ts'
import type { ReplicateJob } from '#shared/wire/agents.ts'
import { bytesAt, type Host, startHost } from './support/host.ts'
import { replicateJob } from './support/jobs.ts'
import { SourceNode } from './support/source-node.ts'

/** Has the agent do the job, and tells what it reported. */
function run(host: Host, job: ReplicateJob): Promise<string> {
  host.tracker.jobs.push(job)
  return host.tracker.outcomeOf(job.jobId)
}

for (const length of [0, 4_096, 2_000_000])
  describe(`a file of ${length} bytes`, () => {
    const bytes = randomBytes(length)

    test('is pulled from the first node that has it', async () => {
      await using host = await startHost()
      await using node = await SourceNode.start()
      const urls = [node.serves('/a', bytes), node.serves('/b', bytes)]
      assert.equal(await run(host, replicateJob(7, bytes, urls)), 'done')
      assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
      assert.deepEqual(node.asked, ['/a'])
    })

    test('is pulled from the next node if one is down, has lost it, or has it wrong', async () => {
      await using host = await startHost()
      await using node = await SourceNode.start()
      const gone = await SourceNode.start()
      const down = gone.urlOf('/down')
      await gone[Symbol.asyncDispose]()
      const wrong = length === 0 ? Buffer.from('x') : bytes.toReversed()
      const urls = [
        down,
        node.urlOf('/lost'),
        node.serves('/wrong', wrong),
        node.serves('/longer', Buffer.concat([bytes, Buffer.from('x')])),
        node.serves('/shorter', bytes.subarray(1)),
        node.answers('/cut-off', (response) => {
          response.writeHead(200, { 'content-length': length + 1 })
          response.write(bytes, () => response.destroy())
        }),
        node.serves('/right', bytes),
      ]
      assert.equal(await run(host, replicateJob(7, bytes, urls)), 'done')
      assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
      assert.deepEqual(await readdir(join(host.root, 'dev1/tmp')), [])
    })

    test('that lies here already is kept, without asking anybody', async () => {
      await using host = await startHost()
      await using node = await SourceNode.start()
      await fetch(host.put(7), { method: 'PUT', body: bytes })
      assert.equal(await run(host, replicateJob(7, bytes, [node.urlOf('/a')])), 'done')
      assert.deepEqual(node.asked, [])
    })

    test('replaces a damaged one, which is kept in quarantine', async () => {
      await using host = await startHost()
      await using node = await SourceNode.start()
      const damaged = randomBytes(length + 1)
      await mkdir(dirname(host.fileOf(7)), { recursive: true })
      await writeFile(host.fileOf(7), damaged)
      assert.equal(await run(host, replicateJob(7, bytes, [node.serves('/a', bytes)])), 'done')
      assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
      const quarantine = join(host.root, 'dev1/quarantine')
      const [kept = ''] = await readdir(quarantine)
      assert.deepEqual(await readFile(join(quarantine, kept)), damaged)
    })
  })

test('a copy that nobody can give is tried again later', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(100)
  assert.equal(await run(host, replicateJob(7, bytes, [])), 'retry: no_good_source')
  const lost = replicateJob(7, bytes, [node.urlOf('/lost')])
  assert.equal(await run(host, lost), 'retry: no_good_source')
})

test('a device that cannot take the copy asks for another one to take it', async () => {
  await using host = await startHost()
  const bytes = randomBytes(100)
  const huge = { ...replicateJob(7, bytes, []), bytes: 15 * 1024 ** 4 }
  assert.equal(await run(host, huge), 'hopeless: disk_full')
  const elsewhere = { ...replicateJob(7, bytes, []), deviceId: DeviceId.parse(5) }
  assert.equal(await run(host, elsewhere), 'hopeless: device_unavailable')
  host.tracker.devices = [{ deviceId: DeviceId.parse(1), state: 'drain', sweptFid: 0 }]
  for (const _ of [1, 2]) await host.events.next('agent.synced', host.events.all.length)
  assert.equal(await run(host, replicateJob(7, bytes, [])), 'hopeless: device_unavailable')
})
