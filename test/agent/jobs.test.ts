// How an agent works off its jobs, and how a tracker hears of it: in order for each fid, again and
// again until it was heard.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { MAX_HELD_JOBS } from '#agent/limits.ts'
import { DeviceId } from '#shared/ids.ts'
import { bytesAt, startHost } from './support/host.ts'
import { deleteJob, replicateJob } from './support/jobs.ts'
import { SourceNode } from './support/source-node.ts'

test('a file is erased; that it is gone already is success', async () => {
  await using host = await startHost()
  for (const [fid, length] of [
    [1, 100],
    [2, 200_000],
  ] as const) {
    await fetch(host.put(fid), { method: 'PUT', body: randomBytes(length) })
    for (const job of [deleteJob(fid), deleteJob(fid)]) {
      host.tracker.jobs.push(job)
      assert.equal(await host.tracker.outcomeOf(job.jobId), 'done')
      assert.equal(await bytesAt(host.fileOf(fid)), undefined)
    }
    assert.equal((await fetch(host.get(fid))).status, 404)
  }
})

test('what was erased does not come back with a restart', async () => {
  await using host = await startHost()
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  const job = deleteJob(1)
  host.tracker.jobs.push(job)
  await host.tracker.outcomeOf(job.jobId)
  await host.stop()
  await host.start()
  assert.equal(await bytesAt(host.fileOf(1)), undefined)
})

test('a device that may not be written to keeps its files until it may', async () => {
  await using host = await startHost()
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  host.tracker.devices = [{ deviceId: DeviceId.parse(1), state: 'readonly', sweptFid: 0 }]
  for (const _ of [1, 2]) await host.events.next('agent.synced', host.events.all.length)
  const job = deleteJob(1)
  host.tracker.jobs.push(job)
  assert.equal(await host.tracker.outcomeOf(job.jobId), 'retry: device_unavailable')
  assert.equal(String(await bytesAt(host.fileOf(1))), 'hello')
})

test('jobs of one fid are done in the order in which they came', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(1_000)
  const url = node.serves('/a', bytes)
  for (let round = 0; round < 20; round++) {
    const jobs = [deleteJob(5), replicateJob(5, bytes, [url]), deleteJob(5)]
    if (round % 2 === 0) jobs.push(replicateJob(5, bytes, [url]))
    host.tracker.jobs.push(...jobs)
    const outcomes = await Promise.all(jobs.map(({ jobId }) => host.tracker.outcomeOf(jobId)))
    assert.ok(outcomes.every((outcome) => outcome === 'done'))
    assert.deepEqual(await bytesAt(host.fileOf(5)), round % 2 === 0 ? bytes : undefined)
  }
})

test('outcomes are reported again when the answer to a report was lost', async () => {
  await using host = await startHost()
  const jobs = [deleteJob(1), deleteJob(2)]
  const ids = jobs.map(({ jobId }) => jobId)
  host.tracker.jobs.push(...jobs)
  await host.tracker.heard(() => host.tracker.jobs.length === 0 || undefined)
  host.tracker.answersToLose = 2
  const reports = await host.tracker.heard(() => {
    const found = host.tracker.syncs.filter(({ done }) =>
      ids.every((id) => done.some(({ jobId }) => jobId === id)),
    )
    return found.length > 1 ? found : undefined
  })
  for (const { done } of reports)
    assert.deepEqual(
      done.map(({ jobId }) => jobId).toSorted((a, b) => a - b),
      ids,
      'whichever of the two was done first',
    )
  await host.events.next('sync.recovered')
  const from = host.tracker.syncs.length
  const [next] = await host.tracker.heard(() =>
    host.tracker.syncs.length > from ? host.tracker.syncs.slice(from) : undefined,
  )
  assert.deepEqual(next?.done, [], 'what was heard is not said again')
})

test('the leases of jobs that take long are renewed, under the newest attempt', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(10)
  const started = Promise.withResolvers<() => void>()
  const url = node.answers('/slow', (response) => started.resolve(() => response.end(bytes)))
  const job = replicateJob(3, bytes, [url])
  host.tracker.jobs.push(job)
  const finish = await started.promise
  const renewals = () => host.tracker.syncs.flatMap(({ renew }) => renew)
  await host.tracker.heard(() => renewals().find(({ attempt }) => attempt === 1))

  host.tracker.jobs.push({ ...job, attempt: 2 })
  await host.tracker.heard(() => renewals().find(({ attempt }) => attempt === 2))
  finish()
  assert.equal(await host.tracker.outcomeOf(job.jobId), 'done')
  const done = host.tracker.syncs.flatMap((sync) => sync.done)
  assert.deepEqual(
    new Set(done.map(({ attempt }) => attempt)),
    new Set([2]),
    'one job, done once, under the lease that counts',
  )
  assert.deepEqual(node.asked, ['/slow'])
})

test('an agent takes no more jobs than it can hold', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  const bytes = randomBytes(10)
  const waiting: (() => void)[] = []
  const urlOf = (fid: number) =>
    node.answers(`/${fid}`, (response) => void waiting.push(() => response.end(bytes)))
  const fids = Array.from({ length: MAX_HELD_JOBS + 10 }, (_, at) => at + 1)
  host.tracker.jobs.push(...fids.map((fid) => replicateJob(fid, bytes, [urlOf(fid)])))
  await host.tracker.heard(() => host.tracker.syncs.find(({ want }) => want === 0))
  assert.equal(host.tracker.jobs.length, 10, 'these wait at the tracker')
})

test('thousands of small files are copied in seconds, whatever the pace of syncs', async () => {
  await using host = await startHost()
  await using node = await SourceNode.start()
  host.tracker.pollAfterMs = 60_000
  const bytes = randomBytes(500)
  const url = node.serves('/a', bytes)
  const jobs = Array.from({ length: 3_000 }, (_, at) => replicateJob(at + 1, bytes, [url]))
  const ids = new Set(jobs.map(({ jobId }) => jobId))
  host.tracker.jobs.push(...jobs)
  const kick = deleteJob(9_999)
  host.tracker.jobs.unshift(kick)
  await host.tracker.heard(() => {
    for (const { done } of host.tracker.syncs) for (const { jobId } of done) ids.delete(jobId)
    return ids.size === 0 || undefined
  })
})
