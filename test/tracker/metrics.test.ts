// What a tracker tells a Prometheus: the cluster as the database has it, and its own requests.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serveTracker } from '#infra/serve/serve-tracker.ts'
import { AddedApiKey } from '#shared/wire/admin.ts'
import { eventLog } from '../support/event-log.ts'
import { testClock } from '../support/test-clock.ts'
import type { World } from '../support/tracker-world.ts'
import { trackerWorld } from '../support/world.ts'

async function keyFor(world: World, scopes: readonly string[], domain?: string): Promise<string> {
  const json = { label: scopes.join('-'), scopes, ...(domain !== undefined && { domain }) }
  return (await world.ask(AddedApiKey, 'POST', '/v1/admin/keys', { json })).key
}

const scrape = (world: World, key: string) =>
  fetch(`${world.tracker(0).url}/metrics`, { headers: { authorization: `Bearer ${key}` } })

const pageOf = async (world: World) =>
  (await scrape(world, await keyFor(world, ['metrics']))).text()

const valueOf = (page: string, sample: string) => {
  const line = page.split('\n').find((each) => each.startsWith(`${sample} `))
  return line === undefined ? undefined : Number(line.slice(sample.length + 1))
}

test('metrics are for keys that may read them, and such a key may do nothing else', async () => {
  await using world = await trackerWorld()
  const metrics = await keyFor(world, ['metrics'])
  const admin = await keyFor(world, ['admin'])
  const client = await keyFor(world, ['read', 'write', 'list', 'delete'])
  const bound = await keyFor(world, ['metrics'], 'demo')
  const statuses = []
  for (const key of [metrics, admin, client, bound, 'mog_of_nobody'])
    statuses.push((await scrape(world, key)).status)
  assert.deepEqual(statuses, [200, 200, 403, 403, 401])
  assert.equal((await fetch(`${world.tracker(0).url}/metrics`)).status, 401)
  assert.equal((await world.call('GET', '/v1/admin/stats', { key: metrics })).status, 403)
  const read = '/v1/domains/demo/files'
  assert.equal((await world.call('GET', read, { key: metrics })).status, 403)
})

test('queues, hosts, devices and files stand on the page as the database has them', async () => {
  await using world = await trackerWorld({ hosts: 2 })
  await world.put('a', 'hello')
  const page = await pageOf(world)
  const jobs = [0, 1].map((n) => {
    const { name } = world.host(n)
    return valueOf(page, `mog_cluster_jobs{host="${name}",kind="replicate"}`) ?? 0
  })
  assert.deepEqual(
    jobs.toSorted((a, b) => a - b),
    [0, 1],
    'the second copy waits for the other host',
  )
  const [deviceId] = world.host(0).deviceIds
  const labels = `device="${deviceId}",host="${world.host(0).name}"`
  const wanted = {
    'mog_cluster_files{domain="demo",class="default"}': 1,
    'mog_cluster_file_bytes{domain="demo",class="default"}': 5,
    'mog_cluster_files_short{domain="demo",class="default"}': 1,
    'mog_cluster_files_by_copies{domain="demo",class="default",copies="1",hosts="1"}': 1,
    [`mog_cluster_host_state{host="${world.host(0).name}",state="alive"}`]: 1,
    [`mog_cluster_device_condition{${labels},condition="ok"}`]: 1,
    [`mog_cluster_device_free_bytes{${labels}}`]: 500_000_000_000,
    mog_cluster_uploads: 0,
    mog_cluster_lost_files: 0,
  }
  for (const [sample, value] of Object.entries(wanted))
    assert.equal(valueOf(page, sample), value, sample)
})

test('files that wait are told by their reason', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  await world.put('a', 'hello')
  await world.settle()
  const page = await pageOf(world)
  const [shortfall = ''] = /^mog_cluster_shortfalls\{.*$/m.exec(page) ?? []
  assert.match(shortfall, /^mog_cluster_shortfalls\{reason="[^"]+"\} 1$/)
})

test('requests are counted by the pattern of their URL, whatever the key in it', async () => {
  await using world = await trackerWorld()
  for (const key of ['a', 'b', 'c%2Fd']) await world.call('GET', `/v1/domains/demo/info/${key}`)
  for (const path of ['/nothing', '/x/y']) await world.call('GET', path)
  const page = await pageOf(world)
  const counted = (route: string, status: number) =>
    valueOf(page, `mog_tracker_requests_total{route="${route}",status="${status}"}`)
  assert.equal(counted('GET /v1/domains/:domain/info/*', 404), 3)
  assert.equal(counted('GET none', 404), 2)
  assert.ok((counted('POST /v1/admin/keys', 201) ?? 0) >= 1)
  assert.ok((valueOf(page, 'mog_tracker_statement_seconds_count{way="write"}') ?? 0) > 0)
})

test('a tracker lives without its database, but is not ready', async () => {
  await using tracker = await serveTracker({
    databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing',
    trackerSecret: 'at least 32 characters, as ever in tests',
    host: '127.0.0.1',
    port: 0,
    clock: testClock(),
    events: eventLog(),
  })
  const statusOf = async (path: string) => (await fetch(tracker.url + path)).status
  assert.deepEqual([await statusOf('/live'), await statusOf('/ready')], [200, 503])
})
