// The pace of copies, kept by the node that gives them and by the one that takes them.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Settings, workPace } from '#shared/settings.ts'
import { bytesAt, type Host, startHost } from './support/host.ts'
import { replicateJob } from './support/jobs.ts'
import { SourceNode } from './support/source-node.ts'

async function startPaced(wish: Partial<Settings>): Promise<Host> {
  const host = await startHost()
  host.tracker.pace = workPace(Settings.parse(wish))
  const from = host.events.all.length
  for (const _ of [1, 2]) await host.events.next('agent.synced', from)
  return host
}

async function metric(host: Host, sample: string): Promise<number> {
  const page = await (await fetch(`${host.agent.url}/metrics`)).text()
  return Number(
    page
      .split('\n')
      .find((line) => line.startsWith(`${sample} `))
      ?.split(' ')[1],
  )
}

const flow = async (host: Host, way: 'in' | 'out') => ({
  bytes: await metric(host, `mog_device_copy_bytes_total{device="1",way="${way}"}`),
  heldS: await metric(host, `mog_device_copy_held_seconds_total{device="1",way="${way}"}`),
})

for (const length of [10_000, 300_000])
  test(`a copy of ${length} bytes is given at the node's pace, to a client at once`, async () => {
    await using host = await startPaced({ copyReadBytesPerS: 500_000 })
    const bytes = randomBytes(length)
    await fetch(host.put(1), { method: 'PUT', body: bytes })
    assert.deepEqual(Buffer.from(await (await fetch(host.get(1))).arrayBuffer()), bytes)
    assert.deepEqual(await flow(host, 'out'), { bytes: 0, heldS: 0 })

    const copies = 300_000 / length
    const url = host.get(1, { copy: true })
    for (let n = 0; n < copies; n++) {
      const copied = await fetch(url, { headers: { range: `bytes=0-${length - 1}` } })
      assert.deepEqual(Buffer.from(await copied.arrayBuffer()), bytes)
    }
    const { bytes: passed, heldS } = await flow(host, 'out')
    assert.equal(passed, copies * length)
    assert.ok(heldS > 0, `held for ${heldS} s`)
  })

test('a copy is taken at the pace of its destination', async () => {
  await using host = await startPaced({ copyWriteBytesPerS: 1_000_000 })
  await using node = await SourceNode.start()
  const bytes = randomBytes(500_000)
  const job = replicateJob(7, bytes, [node.serves('/a', bytes)])
  host.tracker.jobs.push(job)
  assert.equal(await host.tracker.outcomeOf(job.jobId), 'done')
  assert.deepEqual(await bytesAt(host.fileOf(7)), bytes)
  const { bytes: passed, heldS } = await flow(host, 'in')
  assert.equal(passed, bytes.length)
  assert.ok(heldS > 0, `held for ${heldS} s`)
})

test('so many copies are read from a device at once; the others wait', async () => {
  await using host = await startPaced({ jobsPerDevice: 1, copyReadBytesPerS: 100_000 })
  const bytes = randomBytes(2_000_000)
  await fetch(host.put(1), { method: 'PUT', body: bytes })
  const leaving = new AbortController()
  const { signal } = leaving
  const url = host.get(1, { copy: true })
  const first = await fetch(url, { signal })
  const second = fetch(url, { signal })
  const waiting = assert.rejects(second, 'it gets no answer while the first is under way')
  assert.equal(await metric(host, 'mog_device_copies_out{device="1"}'), 1)
  assert.equal((await fetch(host.get(1))).status, 200, 'clients do not wait for copies')
  leaving.abort()
  await waiting
  await assert.rejects(first.arrayBuffer())
})

test('what the settings say of the pace changes what runs, without a restart', async () => {
  await using host = await startPaced({ jobsPerDevice: 3 })
  assert.equal(await metric(host, 'mog_device_jobs_at_once{device="1"}'), 3)
  host.tracker.pace = workPace(Settings.parse({ jobsPerDevice: 11 }))
  const from = host.tracker.syncs.length
  await host.tracker.heard(() => host.tracker.syncs.length > from + 1 || undefined)
  assert.equal(await metric(host, 'mog_device_jobs_at_once{device="1"}'), 11)
})
