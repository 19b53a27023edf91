// What an agent tells of itself: whether it lives, whether it may serve, and its metrics.
import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSmart } from '#agent/disk/smart.ts'
import { pressureIn } from '#agent/metrics/pressure.ts'
import { Histogram } from '#shared/metrics/histogram.ts'
import { codeOf, type Host, startHost } from './support/host.ts'
import { deleteJob } from './support/jobs.ts'

const metricsOf = async (host: Host, headers: Record<string, string> = {}) =>
  fetch(`${host.agent.url}/metrics`, { headers })

/** The value of a sample, written as it stands on the page. */
const valueOf = (page: string, sample: string) => {
  const line = page.split('\n').find((each) => each.startsWith(`${sample} `))
  return line === undefined ? undefined : Number(line.slice(sample.length + 1))
}

test('what clients did, and what was refused, is counted', async () => {
  await using host = await startHost()
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  for (const fid of [1, 1, 2]) await fetch(host.get(fid))
  const job = deleteJob(1)
  host.tracker.jobs.push(job)
  await host.tracker.outcomeOf(job.jobId)
  const response = await metricsOf(host)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0.0.4/)
  const page = await response.text()
  const wanted = {
    'mog_agent_requests_total{verb="PUT",status="201"}': 1,
    'mog_agent_requests_total{verb="GET",status="200"}': 2,
    'mog_agent_requests_total{verb="GET",status="404"}': 1,
    'mog_agent_request_seconds_count{verb="GET"}': 3,
    'mog_agent_refusals_total{code="unknown_fid"}': 1,
    'mog_agent_jobs_total{kind="delete",outcome="done"}': 1,
    'mog_agent_events_total{level="debug",event="replica.erased"}': 1,
    'mog_device_condition{device="1",condition="ok"}': 1,
    'mog_device_store_seconds_count{device="1"}': 1,
    'mog_device_written_bytes_total{device="1"}': 5,
    'mog_device_read_bytes_total{device="1"}': 10,
    'mog_device_self_test_failures_total{device="1"}': 0,
  }
  for (const [sample, value] of Object.entries(wanted))
    assert.equal(valueOf(page, sample), value, sample)
  for (const sample of ['mog_device_self_tests_total', 'mog_device_free_inodes'])
    assert.ok((valueOf(page, `${sample}{device="1"}`) ?? 0) > 0, sample)
})

test('a page of metrics has the form that Prometheus reads', async () => {
  await using host = await startHost()
  const page = await (await metricsOf(host)).text()
  const line = /^(?:# (?:HELP|TYPE) mog_\w+ .+|mog_\w+(?:\{(?:\w+="[^"\n]*",?)+\})? [\d.e+-]+)$/
  for (const each of page.trimEnd().split('\n')) assert.match(each, line)
  const names = [...page.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name)
  assert.equal(new Set(names).size, names.length, 'each family stands there once')
})

test('metrics are for this host alone, unless there is a token', async () => {
  await using host = await startHost()
  assert.equal((await metricsOf(host)).status, 200)
  const forwarded = await metricsOf(host, { 'x-forwarded-for': '198.51.100.7' })
  assert.equal(forwarded.status, 403)
  assert.equal(await codeOf(forwarded), 'forbidden')
})

test('with a token, metrics are for whoever sends it, wherever from', async () => {
  await using host = await startHost({ metricsToken: 'a token of metrics' })
  assert.equal((await metricsOf(host)).status, 401)
  assert.equal((await metricsOf(host, { authorization: 'Bearer a token of metricS' })).status, 401)
  const read = await metricsOf(host, {
    authorization: 'Bearer a token of metrics',
    'x-forwarded-for': '198.51.100.7',
  })
  assert.equal(read.status, 200)
})

test('an agent lives without a disk, but is not ready to serve', async () => {
  await using host = await startHost()
  const ready = async () => (await fetch(`${host.agent.url}/ready`)).status
  assert.equal(await ready(), 200)
  const from = host.tracker.syncs.length
  await rename(join(host.root, 'dev1'), join(host.root, 'pulled'))
  await host.tracker.heard(() =>
    host.tracker.syncs.slice(from).find(({ devices }) => devices[0]?.condition === 'fenced'),
  )
  assert.equal(await ready(), 503)
  assert.equal((await fetch(`${host.agent.url}/health`)).status, 200)
})

test('what took longer than a bound is counted above it', () => {
  const histogram = new Histogram()
  assert.deepEqual(histogram.samples(), [])
  for (const ms of [0.05, 1, 1.5, 60_000]) histogram.observe(ms)
  const below = (le: string) =>
    histogram.samples({ verb: 'GET' }).find(({ labels }) => labels?.['le'] === le)?.value
  assert.deepEqual(['0.0001', '0.001', '0.0025', '30', '+Inf'].map(below), [1, 2, 3, 3, 4])
})

test('pressure is read as the kernel writes it', () => {
  const text = 'some avg10=12.50 avg60=0.13 avg300=0.13 total=408855878\nfull avg10=0.00 total=x\n'
  assert.deepEqual(pressureIn('io', text), [
    { resource: 'io', kind: 'some', ratio: 0.125, totalS: 408.855878 },
  ])
})

const ata = {
  smart_status: { passed: true },
  temperature: { current: 38 },
  power_on_time: { hours: 30_000 },
  ata_smart_attributes: {
    table: [
      { id: 5, name: 'Reallocated_Sector_Ct', raw: { value: 8 } },
      { id: 9, name: 'Power_On_Hours', raw: { value: 30_000 } },
      { id: 197, name: 'Current_Pending_Sector', raw: { value: 1 } },
    ],
  },
}

test('SMART is read of disks and of SSDs; what says nothing is nothing', () => {
  assert.deepEqual(readSmart(JSON.stringify(ata)), {
    isHealthy: true,
    celsius: 38,
    powerOnHours: 30_000,
    badBlocks: 9,
  })
  const nvme = {
    smart_status: { passed: false },
    nvme_smart_health_information_log: { percentage_used: 101, media_errors: 3 },
  }
  const failing = { isHealthy: false, wearPercent: 101, badBlocks: 3 }
  assert.deepEqual(readSmart(JSON.stringify(nvme)), failing)
  const refused = { smartctl: { messages: [{ string: 'Permission denied' }], exit_status: 2 } }
  for (const text of ['', '{', '[]', JSON.stringify(refused), '{"smart_status":7}'])
    assert.equal(readSmart(text), undefined, text)
})
